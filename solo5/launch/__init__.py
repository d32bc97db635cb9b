# SPDX-License-Identifier: ISC
"""Launchers: how a guest of a target is started, and what its end means. One module here for each kind.

A launcher turns values into a command line, and starts nothing: the command
runs in a place (solo5.places), as a job. A target's facts say its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from solo5 import registry
from solo5.agent.job import Outcome
from solo5.builder import Built
from solo5.errors import UsageError
from solo5.facts import Target, Tree
from solo5.places import Needs

__all__ = ["Disk", "Launch", "Launcher", "Net", "names", "of"]


@dataclass(frozen=True)
class Disk:
    """A block device of a guest."""

    name: str
    """In the guest's manifest."""
    path: str
    """Of its image, in the place."""
    sector_size: int | None = None
    """Bytes; None: the launcher's default, 512."""


@dataclass(frozen=True)
class Net:
    """A network device of a guest."""

    name: str
    """In the guest's manifest."""
    link: str
    """What it is joined to: the name of a tap, or @FD; `{tap:NAME}` stands for either, see solo5.agent.job.Tap."""
    mac: str | None = None
    """xx:xx:xx:xx:xx:xx; None: one at random."""


@dataclass(frozen=True)
class Launch:
    """A guest to start. Paths are those of the place."""

    guest: str
    args: tuple[str, ...] = ()
    mem_mb: int | None = None
    """MiB; None: the launcher's default, 512."""
    disks: tuple[Disk, ...] = ()
    nets: tuple[Net, ...] = ()
    options: tuple[str, ...] = ()
    """More words for the program that runs it, before the guest."""


class Launcher(Protocol):
    """How guests of one target are started; what a module of this folder makes of the target's facts."""

    program: str
    """Name of the program that runs a guest; its own messages begin with it and a colon."""
    uses_hypervisor: bool
    """Whether that program is nothing without one."""

    def programs(self, built: Built) -> Mapping[str, Path]:
        """Return what a place must hold to run the command, by path in it."""

    def program_in(self, built: Built) -> Path:
        """Return where the program is in a build."""

    def variants(self, built: Built) -> tuple[Path, ...]:
        """Return the program and its variants, as for debugging: those that are built."""

    def command(self, launch: Launch) -> tuple[str, ...]:
        """Return the command that starts a guest with these devices."""

    def plain_command(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command that gives the program exactly these words."""

    def needs(self, built: Built) -> Needs:
        """Return what it needs of a place."""

    def guest_outcome(self, outcome: Outcome) -> Outcome:
        """Return how the guest ended, from how the command did."""

    def looks_like(self, end: Literal["fault", "trap"]) -> int | str:
        """Return how it looks when a guest faults or traps: an exit status, or the name of a signal."""


def names() -> tuple[str, ...]:
    """Return the names of all kinds: the modules of this folder."""
    return registry.names(__name__)


def of(target: Target, at: Tree) -> Launcher:
    """Return the launcher of a target. Raises UsageError if its facts have none, or none that is known."""
    if target.launcher not in names():
        found = (
            "no table of a launcher" if target.launcher is None else f"table {target.launcher!r}, which is not known"
        )
        message = f"{at.file('target', target.name)}: {found}; known launchers: {', '.join(names())}"
        raise UsageError(message)
    made: Launcher = registry.part(__name__, target.launcher, "launcher", "launcher")(target, at)
    return made
