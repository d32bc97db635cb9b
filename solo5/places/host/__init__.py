# SPDX-License-Identifier: ISC
"""The host as a place: the cheapest one, for programs of its own architecture.

`namespaces` runs jobs; `hypervisor` tells whether its own is to be believed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from solo5 import loaded, rights
from solo5.agent.job import Place
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Tree
from solo5.findings import Finding
from solo5.need import Need
from solo5.places import Needs, Options
from solo5.places.host import hypervisor, namespaces
from solo5.rights import Right

__all__ = ["KIND"]

#: Where a system keeps programs and what they load (file-hierarchy(7)).
_PROGRAMS: Final = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")))
_TUN: Final = "/dev/net/tun"
_CPUINFO: Final = Path("/proc/cpuinfo")
#: Lines of it that tell one processor from another of its kind, or change while it works.
_ONE_OWN: Final = (
    *("processor", "cpu MHz", "clock", "bogomips", "BogoMIPS"),
    *("physical id", "siblings", "core id", "cpu cores", "apicid", "initial apicid"),
)
_NAMESPACES: Final = "network, mount and process namespaces can be made"


class _Host:
    """The kind; see Kind."""

    name = "host"
    cost = 0
    here = True
    bundles = ()

    def needs(self, arch: Arch, of: Tree) -> Iterable[Need]:
        """See Kind. Beside what everything needs, nothing."""
        del arch, of
        return ()

    def obstacle(self, needs: Needs) -> str | None:
        """See Kind."""
        if not needs.arch.is_host:
            return f"this host is {os.uname().machine}, not {needs.arch.name}"
        if needs.own_kernel:
            return "its kernel is everybody's"
        obstacle = _isolation_obstacle() if needs.isolated else None
        if obstacle is None and needs.hypervisor is not None:
            obstacle = hypervisor.obstacle(needs.hypervisor, needs.arch)
        return obstacle

    def inputs(self, arch: Arch) -> Iterator[str | Path]:
        """See Kind: kernel, processor, and what makes namespaces."""
        del arch  # there is one only
        uname = os.uname()
        yield f"{uname.sysname} {uname.release} {uname.version} {uname.machine}"
        yield _processor(_CPUINFO.read_text())
        yield from loaded.files(namespaces.PROGRAM)

    def kernel(self, arch: Arch) -> Mapping[str, str]:
        """See Kind."""
        del arch
        return {}

    def prepare(self, arch: Arch, release: str, of: Tree) -> None:
        """See Kind. It needs none."""

    def findings(self, jobs: Mapping[Cell, Needs], of: Tree) -> Iterator[Finding]:
        """See Kind. Other places do without."""
        del of
        lack = _rights_obstacle()
        if lack is None:
            yield Finding("ok", "root", "yes")
        else:
            yield Finding("absent", "root", f"no: {lack}", f"installing packages, {_guests('guests')}")
        yield _judged("namespaces", namespaces.obstacle(), _NAMESPACES, "guests")
        yield _judged(_TUN, _tun_obstacle(), "opens", "guests with network")
        for cell, needs in jobs.items():
            if needs.arch.is_host and needs.hypervisor is not None:
                obstacle = hypervisor.obstacle(needs.hypervisor, needs.arch)
                detail = None if obstacle is None else obstacle.removeprefix(f"{hypervisor.DEVICE}: ")
                guests = f"guests of {cell.target}"
                yield _judged(hypervisor.DEVICE, detail, f"runs {guests}", guests)

    def disk_path(self, file: Path, number: int) -> str:
        """See Kind."""
        del file, number
        message = "a job on this host has no disks"
        raise UsageError(message)

    def network_obstacle(self) -> str:
        """See Kind."""
        return "a job on this host has a network of its own"

    def open(self, arch: Arch, agent: Path, files: Mapping[str, Path | bytes], options: Options) -> Place:
        """See Kind."""
        shown = [path for path in _PROGRAMS if path.exists()] if options.host_programs else []
        return namespaces.Host.start(self.name, arch, agent, files, shown)


def _processor(cpuinfo: str) -> str:
    """Return what /proc/cpuinfo says of the kind of its first processor (proc(5))."""
    lines = cpuinfo.partition("\n\n")[0].splitlines()
    return "\n".join(line for line in lines if line.partition(":")[0].strip() not in _ONE_OWN)


def _isolation_obstacle() -> str | None:
    """Return what keeps jobs from namespaces and taps of their own; None: nothing."""
    lack = _rights_obstacle()
    if lack is not None:
        return lack
    tun = _tun_obstacle()
    obstacle = namespaces.obstacle() if tun is None else f"{_TUN}: {tun}"
    return None if obstacle is None else rights.within(obstacle)


def _rights_obstacle() -> str | None:
    return rights.obstacle("make namespaces and taps", Right.SYS_ADMIN, Right.NET_ADMIN)


def _tun_obstacle() -> str | None:
    try:
        os.close(os.open(_TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as cause:
        return cause.strerror or str(cause)
    return None


def _judged(subject: str, obstacle: str | None, ability: str, disables: str) -> Finding:
    """Return the line about what some jobs need; `disables` are their guests."""
    if obstacle is None:
        return Finding("ok", subject, ability)
    return Finding("absent", subject, obstacle, _guests(disables))


def _guests(which: str) -> str:
    return f"{which} on this host itself (they run in another place)"


KIND = _Host()
