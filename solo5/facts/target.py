# SPDX-License-Identifier: ISC
"""What a target is: toolchains/target/<name>.toml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One kind of guest.

    The file has one table more, what starts its guests: its name is a kind of
    launcher, and its keys are that kind's own (solo5.launch).
    """

    name: str
    abi: int
    """Number in the ABI1 note."""
    versions: tuple[int, ...]
    """ABI versions that run; guests are built for the last."""
    launcher: str | None
    """The kind of launcher; None: nothing starts them yet."""
    mem_max: int | None = None
    """The most memory that its tender gives a guest, bytes; None: it has no tender."""
