# SPDX-License-Identifier: ISC
"""What a target is: toolchains/target/<name>.toml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ends:
    """How the end of a guest of a target looks to the tender's parent.

    A number is an exit status, a name a signal.
    """

    fault: int | str
    trap: int | str


@dataclass(frozen=True)
class Target:
    """One kind of guest."""

    name: str
    abi: int
    """Number in the ABI1 note."""
    versions: tuple[int, ...]
    """ABI versions that run; guests are built for the last."""
    tender: str
    """The program that runs it."""
    hypervisor: bool
    """Whether that needs one."""
    ends: Ends

    @property
    def launcher(self) -> str:
        """The kind of launcher that starts its guests."""
        return "tender"
