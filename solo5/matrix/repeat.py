# SPDX-License-Identifier: ISC
"""The one command that runs an item again, and nothing else.

A case is named whole, not searched for: in a search for `tls` one would find
notls too. The plugin's option --case understands what stands here.
"""

from __future__ import annotations

import shlex

from solo5.facts import Tree
from solo5.matrix.cases import Item


def pytest_words(item: Item, place: str | None = None) -> list[str]:
    """Return what pytest must be told, besides the cell."""
    words = ["--full"] if item.case.tier == "full" else []
    words += ["--place", place] if place else []
    return [*words, "--case", item.case.title]


def command(of: Tree, item: Item, place: str | None = None) -> str:
    """Return the command, to be pasted in the tree's root.

    `place` is the one that was asked for, None if none was.
    """
    if (of.root / "noxw").exists():
        start = ["./noxw", "-s", f"test-{item.cell}", "--"]
    else:
        start = ["solo5", "matrix", "--cell", str(item.cell), "--"]
    return shlex.join([*start, *pytest_words(item, place)])


def selects(name: str, item: Item) -> bool:
    """Tell whether --case NAME means this item: by title, or with its cell."""
    return name in {item.case.title, item.name}
