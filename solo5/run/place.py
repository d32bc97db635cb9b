# SPDX-License-Identifier: ISC
"""Chooses where jobs run: this host if it can, else a virtual machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from solo5 import debian
from solo5.agent.job import Place
from solo5.build import Built
from solo5.errors import UsageError
from solo5.facts import Arch, Target
from solo5.run import hypervisor
from solo5.run.host import Host, namespaces_obstacle
from solo5.vm import snapshot
from solo5.vm.machine import MEMORY_MB, Machine

PLACES = ("host", "vm")


def host_obstacle(arch: Arch) -> str | None:
    """Return what keeps guests of an architecture from this host; None: nothing."""
    if not arch.is_host:
        return f"this machine is {os.uname().machine}"
    if os.geteuid() != 0:
        return "only root can make namespaces and taps"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as cause:
        return f"/dev/net/tun: {cause.strerror}"
    return namespaces_obstacle()


def choose(built: Built, target: Target | None = None, wanted: str | None = None) -> tuple[str, str]:
    """Return the place for what is built for an architecture, "host" or "vm", and why in one line.

    `target`: of the guests that will run; none: no guests, just programs.
    `wanted` decides, if given; an unknown name is a UsageError, and so is the
    host where it cannot be.
    """
    obstacle = host_obstacle(built.arch)
    if obstacle is None and target is not None and target.hypervisor:
        obstacle = hypervisor.obstacle(target, built)
    if wanted is None:
        return ("host", "it is the cheapest, and can") if obstacle is None else ("vm", f"not on the host: {obstacle}")
    if wanted not in PLACES:
        message = f"place {wanted!r}: not known; known: {', '.join(PLACES)}"
        raise UsageError(message)
    if wanted == "host" and obstacle is not None:
        message = f"place host: {obstacle}; use --place vm"
        raise UsageError(message)
    return wanted, "it was asked for"


def open_place(
    name: str,
    built: Built,
    files: Mapping[str, Path | bytes],
    *,
    disks: Sequence[Path] = (),
    memory_mb: int = MEMORY_MB,
) -> Place:
    """Open the place of that name, as `choose` returns it. `disks` and `memory_mb` are for machines only.

    A machine starts from a saved one unless SOLO5_SNAPSHOTS=0.
    """
    if name == "host":
        return Host.start(built.agent, files)
    kernel, snapshots = debian.kernel(built.arch), snapshot.wanted()
    return Machine.start(built.arch, kernel, built.agent, files, disks=disks, memory_mb=memory_mb, snapshots=snapshots)
