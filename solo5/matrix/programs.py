# SPDX-License-Identifier: ISC
"""Programs that a checkout builds for its tests and measurements, beside the product (solo5.builder.Built)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from solo5.builder import Built
from solo5.facts import Target

__all__ = ["Programs"]


@dataclass(frozen=True)
class Programs:
    """Those of one architecture: where they are, if they are built."""

    built: Built

    @property
    def _dir(self) -> Path:
        return self.built.dir / "tests"

    def guest(self, name: str, target: Target) -> Path:
        """Return a test guest."""
        return self._dir / "guests" / f"{name}.{target.name}"

    def guests(self, target: Target) -> tuple[Path, ...]:
        """Return all test guests of a target."""
        return tuple(sorted((self._dir / "guests").glob(f"*.{target.name}")))

    @property
    def peer(self) -> Path:
        """The program at the other end of a test guest's network."""
        return self._dir / "peer" / "solo5-peer"

    @property
    def caller(self) -> Path:
        """The program that starts a tender as certain callers do."""
        return self._dir / "caller" / "solo5-caller"

    @property
    def field(self) -> Path:
        """The folder of tenders that give guests no more than others' do, one folder a target."""
        return self._dir / "field"

    @property
    def probe(self) -> Path:
        """A program that ends in every way, for tests of places."""
        return self._dir / "places" / "solo5-probe"

    @property
    def plain(self) -> Path:
        """The process without Solo5 that benchmarks compare with."""
        return self._dir / "bench" / "solo5-plain"
