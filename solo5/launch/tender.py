# SPDX-License-Identifier: ISC
"""Guests that a program of ours runs: a tender, which ends as its guest does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from solo5.agent.job import Outcome
from solo5.build import Built
from solo5.facts import Target
from solo5.launch import Disk, Launch, Net
from solo5.places import Needs, Probe

__all__ = ["Tender", "launcher"]


@dataclass(frozen=True)
class Tender:
    """The launcher; see Launcher."""

    target: Target

    @property
    def program(self) -> str:
        """See Launcher."""
        return self.target.tender

    @property
    def _path(self) -> str:
        return f"/tender/{self.program}"

    def programs(self, built: Built) -> Mapping[str, Path]:
        """See Launcher."""
        return {self._path: built.tender(self.target)}

    def command(self, launch: Launch) -> tuple[str, ...]:
        """See Launcher."""
        memory = [] if launch.mem_mb is None else [f"--mem={launch.mem_mb}"]
        devices = [word for disk in launch.disks for word in _disk(disk)]
        devices += [word for net in launch.nets for word in _net(net)]
        return self.words((*memory, *devices, *launch.options, launch.guest, *launch.args))

    def words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """See Launcher."""
        return (self._path, *words)

    def needs(self, built: Built) -> Needs:
        """See Launcher."""
        probe = Probe(built.tender(self.target), built.probe(self.target)) if self.target.hypervisor else None
        return Needs(built.arch, hypervisor=probe)

    def guest_outcome(self, outcome: Outcome) -> Outcome:
        """See Launcher."""
        return outcome

    def looks_like(self, end: Literal["fault", "trap"]) -> int | str:
        """See Launcher."""
        return self.target.ends.fault if end == "fault" else self.target.ends.trap


def _disk(disk: Disk) -> Iterator[str]:
    yield f"--block:{disk.name}={disk.path}"
    if disk.sector_size is not None:
        yield f"--block-sector-size:{disk.name}={disk.sector_size}"


def _net(net: Net) -> Iterator[str]:
    yield f"--net:{net.name}={net.link}"
    if net.mac is not None:
        yield f"--net-mac:{net.name}={net.mac}"


def launcher(target: Target) -> Tender:
    """Return the launcher of a target whose guests a tender runs."""
    return Tender(target)
