# SPDX-License-Identifier: ISC
"""The host as a place: the cheapest one, for programs of its own architecture.

`namespaces` runs jobs; `hypervisor` tells whether its own is to be believed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from solo5.agent.job import Place
from solo5.facts import Arch
from solo5.places import Needs, Options
from solo5.places.host import hypervisor, namespaces

__all__ = ["KIND", "hypervisor", "namespaces"]

#: Where a system keeps programs and what they load (file-hierarchy(7)).
_PROGRAMS: Final = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")))


class _Host:
    """The kind; see Kind."""

    name = "host"
    cost = 0
    here = True

    def obstacle(self, needs: Needs) -> str | None:
        """See Kind."""
        if not needs.arch.is_host:
            return f"this machine is {os.uname().machine}, not {needs.arch.name}"
        if needs.own_kernel:
            return "its kernel is everybody's"
        obstacle = _isolation_obstacle() if needs.isolated else None
        if obstacle is None and needs.hypervisor is not None:
            obstacle = hypervisor.obstacle(needs.hypervisor, needs.arch)
        return obstacle

    def fingerprint(self, arch: Arch) -> str:
        """See Kind."""
        del arch  # there is one only
        uname = os.uname()
        return f"{uname.sysname} {uname.release} {uname.version} {uname.machine}"

    def kernel(self, arch: Arch) -> Mapping[str, str]:
        """See Kind."""
        del arch
        return {}

    def open(self, arch: Arch, agent: Path, files: Mapping[str, Path | bytes], options: Options) -> Place:
        """See Kind."""
        shown = [path for path in _PROGRAMS if path.exists()] if options.host_programs else []
        return namespaces.Host.start(self.name, arch, agent, files, shown)


def _isolation_obstacle() -> str | None:
    """Return what keeps jobs from namespaces and taps of their own; None: nothing."""
    if os.geteuid() != 0:
        return "only root can make namespaces and taps"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as cause:
        return f"/dev/net/tun: {cause.strerror}"
    return namespaces.obstacle()


KIND = _Host()
