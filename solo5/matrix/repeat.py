# SPDX-License-Identifier: ISC
"""The one command that runs an item again, and nothing else.

A case is named whole, not searched for: in a search for `tls` one would find
notls too. The plugin's option --case understands what stands here.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from solo5.facts import Tree
from solo5.matrix.cases import Item


@dataclass(frozen=True)
class Asked:
    """What was asked for, besides items: how they are built, and where they run."""

    compiler: str | None = None
    """None: the default one."""
    place: str | None = None
    """The name of a kind; None: the best."""
    kernel: str | None = None
    """The name of one of the architecture's other kernels; None: the stock one."""

    def words(self) -> list[str]:
        """Return the options that ask for it."""
        asked = {"--compiler": self.compiler, "--place": self.place, "--kernel": self.kernel}
        return [word for flag, value in asked.items() if value for word in (flag, value)]


def pytest_words(item: Item, asked: Asked = Asked()) -> list[str]:
    """Return what must be told, besides the cell."""
    words = ["--full"] if item.case.tier == "full" else []
    return [*words, *asked.words(), "--case", item.case.title]


def command(of: Tree, item: Item, asked: Asked = Asked()) -> str:
    """Return the command, to be pasted in the tree's root."""
    if (of.root / "noxw").exists():
        start = ["./noxw", "-s", f"test-{item.cell}", "--"]
    else:
        start = ["solo5", "matrix", "--cell", str(item.cell)]
    return shlex.join([*start, *pytest_words(item, asked)])
