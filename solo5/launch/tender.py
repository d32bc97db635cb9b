# SPDX-License-Identifier: ISC
"""Guests that a program of ours runs: a tender, which ends as its guest does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from solo5.agent.job import Outcome
from solo5.builder import Built
from solo5.facts import Target, Tree
from solo5.launch import Disk, Launch, Net
from solo5.places import Needs, Probe

__all__ = ["Tender", "launcher"]


@dataclass(frozen=True)
class Facts:
    """What a target's file says of its tender."""

    program: str
    hypervisor: bool
    """Whether it needs one."""
    fault: int | str
    """How a guest's forbidden access to memory looks to the tender's parent: an exit status, or a signal's name."""
    trap: int | str
    """The same, of a trap."""


@dataclass(frozen=True)
class Tender:
    """The launcher; see Launcher."""

    target: Target
    facts: Facts

    @property
    def program(self) -> str:
        """See Launcher."""
        return self.facts.program

    @property
    def uses_hypervisor(self) -> bool:
        """See Launcher."""
        return self.facts.hypervisor

    @property
    def _path(self) -> str:
        return f"/tender/{self.program}"

    def programs(self, built: Built) -> Mapping[str, Path]:
        """See Launcher."""
        return {self._path: self.program_in(built)}

    def program_in(self, built: Built) -> Path:
        """See Launcher."""
        return built.dir / "tenders" / self.target.name / self.program

    def variants(self, built: Built) -> tuple[Path, ...]:
        """See Launcher."""
        tender = self.program_in(built)
        return tuple(path for path in sorted(tender.parent.glob(f"{tender.name}*")) if path.is_file())

    def command(self, launch: Launch) -> tuple[str, ...]:
        """See Launcher."""
        memory = [] if launch.mem_mb is None else [f"--mem={launch.mem_mb}"]
        devices = [word for disk in launch.disks for word in _disk(disk)]
        devices += [word for net in launch.nets for word in _net(net)]
        return self.plain_command((*memory, *devices, *launch.options, launch.guest, *launch.args))

    def plain_command(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """See Launcher."""
        return (self._path, *words)

    def needs(self, built: Built) -> Needs:
        """See Launcher."""
        probe = Probe(self.program_in(built), built.probe(self.target)) if self.uses_hypervisor else None
        return Needs(built.arch, hypervisor=probe)

    def guest_outcome(self, outcome: Outcome) -> Outcome:
        """See Launcher."""
        return outcome

    def looks_like(self, end: Literal["fault", "trap"]) -> int | str:
        """See Launcher."""
        return self.facts.fault if end == "fault" else self.facts.trap


def _disk(disk: Disk) -> Iterator[str]:
    yield f"--block:{disk.name}={disk.path}"
    if disk.sector_size is not None:
        yield f"--block-sector-size:{disk.name}={disk.sector_size}"


def _net(net: Net) -> Iterator[str]:
    yield f"--net:{net.name}={net.link}"
    if net.mac is not None:
        yield f"--net-mac:{net.name}={net.mac}"


def launcher(target: Target, at: Tree) -> Tender:
    """Return the launcher of a target whose guests a tender runs."""
    return Tender(target, at.launcher_facts(target, Facts))
