# SPDX-License-Identifier: ISC
"""What a cell is: a target on an architecture.

Most cells are the sum of the two. What a cell has of its own stands in
toolchains/cell/<target>-<arch>.toml, which may be missing.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cell", "CellFacts"]


@dataclass(frozen=True, order=True)
class Cell:
    """One field of the matrix."""

    target: str
    arch: str

    def __str__(self) -> str:
        """Return the name that sessions and cases carry, as in spt-ARCH."""
        return f"{self.target}-{self.arch}"


@dataclass(frozen=True)
class CellFacts:
    """What is true of one cell only."""

    page_size: int | None = None
    """Alignment of guest segments, bytes; None: as the architecture says."""
