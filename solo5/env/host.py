# SPDX-License-Identifier: ISC
"""The host as an environment: the cheapest one, if it has what a session needs, or can bring it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from solo5 import rights, scratch
from solo5.env import Options
from solo5.facts import Tree
from solo5.findings import Finding
from solo5.need import Need
from solo5.rights import Right

__all__ = ["KIND"]


class _Host:
    """The kind; see Kind."""

    name = "host"
    cost = 0
    here = True
    releases = False

    def obstacle(self, needed: Sequence[Need]) -> str | None:
        """See Kind."""
        absent = _absent(needed)
        hindrance = _hindrance()
        return f"{_lack(absent)}, and {hindrance}" if absent and hindrance else None

    def reason(self, needed: Sequence[Need]) -> str:
        """See Kind."""
        absent = _absent(needed)
        return f"{_lack(absent)}, which it will install" if absent else "it has all that is needed"

    def begin(self, words: Sequence[str], of: Tree, options: Options) -> int:
        """See Kind: what is here is never begun."""
        del of, options
        message = f"solo5 {' '.join(words)}: the session is this process already"
        raise AssertionError(message)

    def results(self, of: Tree) -> Path:
        """See Kind. What is made here is here."""
        return of.build_root

    def findings(self, of: Tree) -> Iterable[Finding]:
        """See Kind. What a session needs of it, solo5.needs lists."""
        del of
        return ()

    def sweep(self) -> None:
        """See Kind."""
        scratch.sweep()


def _absent(needed: Sequence[Need]) -> list[str]:
    return [name for need in needed for name in need.absent()]


def _lack(absent: Sequence[str]) -> str:
    return f"it lacks {', '.join(absent)}"


def _hindrance() -> str | None:
    """Return what keeps this process from installing packages; None: nothing."""
    if shutil.which("apt-get") is None:
        return "has no apt-get to install it with"
    return rights.obstacle("install", Right.CHOWN, Right.DAC_OVERRIDE)


KIND = _Host()
