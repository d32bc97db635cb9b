# SPDX-License-Identifier: ISC
"""Places: where one job runs. One module or folder here for each kind.

A kind says what keeps a job from it and opens places; which one is taken,
`choose` decides, for every command alike. What a place does with a job is
declared in solo5.agent.job; where a whole session works, solo5.env decides.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, cast

from solo5 import registry
from solo5.agent.job import Place
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import Arch, Cell, Tree
from solo5.findings import Finding
from solo5.need import Need

__all__ = [
    "SNAPSHOTS_VARIABLE",
    "Choice",
    "Kind",
    "Needs",
    "Options",
    "Probe",
    "choose",
    "kind",
    "kinds",
    "names",
    "snapshots_wanted",
]

#: `0` in it: boot machines, whatever has been saved.
SNAPSHOTS_VARIABLE: Final = "SOLO5_SNAPSHOTS"


@dataclass(frozen=True)
class Probe:
    """What shows that a hypervisor is to be believed: a tender, and a guest that it runs with status 0."""

    tender: Path
    guest: Path


@dataclass(frozen=True)
class Needs:
    """What a job needs of its place."""

    arch: Arch
    """Whose programs run there."""
    hypervisor: Probe | None = None
    """None: the job uses none."""
    isolated: bool = True
    """Whether it gets a folder, a network and processes of its own; else it runs as whoever asks."""
    own_kernel: bool = False
    """Whether it may do to the kernel what it likes."""
    full_speed: bool = False
    """Whether it measures time."""
    host_programs: bool = False
    """Whether its command is a program of this host's own, whatever machine that then makes."""


def snapshots_wanted() -> bool:
    """Tell whether machines may start from saved ones: unless SNAPSHOTS_VARIABLE says 0."""
    return os.environ.get(SNAPSHOTS_VARIABLE, "1") not in {"", "0"}


@dataclass(frozen=True)
class Options:
    """How a place is opened. A kind that has no use for one ignores it."""

    disks: Sequence[Path] = ()
    """Files that are the place's disks, in order; what is written to them stays."""
    memory_mb: int | None = None
    """Memory of a place that has its own, MiB; None: enough for test guests."""
    host_programs: bool = False
    """Whether jobs can read, and so start, this host's own programs."""
    snapshots: bool = field(default_factory=snapshots_wanted)
    """Whether the place may come from a saved one."""


class Kind(Protocol):
    """One kind of place; a module of this folder has one as KIND."""

    name: str
    """The module's."""
    cost: int
    """Of two kinds that a job can use, the one with the lower cost is taken."""
    here: bool
    """Whether a job that needs no isolation may as well be this very process."""
    bundles: tuple[str, ...]
    """What is fetched for it of each architecture: names of solo5.debian's bundles."""

    def needs(self, arch: Arch, of: Tree) -> Iterable[Need]:
        """Return what of this host a place for an architecture needs, and what brings that."""

    def obstacle(self, needs: Needs) -> str | None:
        """Return what keeps such a job from a place of this kind, in one line; None: nothing."""

    def inputs(self, arch: Arch) -> Iterable[str | Path]:
        """Yield what an outcome depends on there, beside the job itself: texts, and files for their content.

        The texts hold nothing that is only this host's: neither its name nor where something lies on it.
        """

    def kernel(self, arch: Arch) -> Mapping[str, str]:
        """Return package, version and sha256 of the kernel that it brings along; empty: it uses this host's."""

    def prepare(self, arch: Arch, release: str, of: Tree) -> None:
        """Make ready, in the cache, what it makes of a Debian release's files, which have been fetched."""

    def findings(self, jobs: Mapping[Cell, Needs], of: Tree) -> Iterable[Finding]:
        """Return what the doctor says of it. It starts nothing that could hang.

        `jobs`: what those of each cell need.
        """

    def disk_path(self, file: Path, number: int) -> str:
        """Return where jobs find a file, which is there, as disk `number` of Options.disks, counted from 0.

        Raises UsageError if it cannot be one; a kind that has no disks says so.
        """

    def network_obstacle(self) -> str | None:
        """Return what keeps the taps of whoever asks from a job, in one line; None: nothing."""

    def open(self, arch: Arch, agent: Path, files: Mapping[str, Path | bytes], options: Options) -> Place:
        """Open a place that holds `files`, by path in it, and runs jobs through `agent`.

        Raises ToolMissingError, MachineError or DeadlineError if it does not come up.
        """


@dataclass(frozen=True)
class Choice:
    """A place that was decided on."""

    place: str
    """The name of its kind."""
    reason: str
    """One line."""


def names() -> tuple[str, ...]:
    """Return the names of all kinds: the modules of this folder."""
    return registry.names(__name__)


def kind(name: str) -> Kind:
    """Return the kind of that name. Raises UsageError, with the known ones."""
    return cast("Kind", registry.part(__name__, name, "place", "KIND"))


def kinds() -> list[Kind]:
    """Return all kinds, the cheapest first."""
    return sorted(map(kind, names()), key=lambda each: each.cost)


def choose(needs: Needs, wanted: str | None = None) -> Choice:
    """Return where a job with these needs runs, and why.

    `wanted` decides, if given; a kind that is not known, or cannot be, is a
    UsageError. Raises ToolMissingError if no kind will do.
    """
    if wanted is not None:
        obstacle = kind(wanted).obstacle(needs)
        if obstacle is None:
            return Choice(wanted, "it was asked for")
        others = [each.name for each in kinds() if each.name != wanted and each.obstacle(needs) is None]
        instead = f"; use --place {others[0]}" if others else ""
        message = f"place {wanted}: {obstacle}{instead}"
        raise UsageError(message)
    obstacles: list[str] = []
    for each in kinds():
        obstacle = each.obstacle(needs)
        if obstacle is None:
            why = f"not on the {'; '.join(obstacles)}" if obstacles else "it is the cheapest, and can"
            return Choice(each.name, why)
        obstacles.append(f"{each.name}: {obstacle}")
    message = f"no place for programs of {needs.arch.name}: {'; '.join(obstacles)}"
    raise ToolMissingError(message)
