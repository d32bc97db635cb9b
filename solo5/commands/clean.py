# SPDX-License-Identifier: ISC
"""`solo5 clean`: removes what was built; solo5.ours lists, and knows what may be removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import options, ours
from solo5.facts import checkout_tree
from solo5.options import Parser
from solo5.ours import Entry

SUMMARY: Final = "Remove what was built; reports, and what is known to have passed, only with --all or by name."
SWEEPS_FIRST: Final = False
#: In a folder that Meson builds in, from the beginning.
_BEGUN: Final = "meson-private"


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 clean", SUMMARY)
    names = made.add_argument(
        "names", nargs="*", metavar="NAME", help="only these; * and ? are any characters and one: '*-clang'"
    )
    options.complete(names, lambda: [each.name for each in ours.entries(checkout_tree().build_root)])
    made.add_argument("--all", action="store_true", help="all that is in the build folder")
    made.add_argument("--print", action="store_true", help="show what would go: size, last use, name; remove nothing")
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    root = checkout_tree().build_root
    if not asked.print:
        # Before all of a folder is looked at that may be anybody's.
        ours.check(root)
    found = ours.entries(root)
    chosen = (
        ours.choose(found, asked.names) if asked.names else [each for each in found if asked.all or _is_built(each)]
    )
    if asked.print:
        print(f"build: {root}")
        ours.show(chosen)
    elif chosen:
        ours.remove(root, chosen)
    else:
        left = ", ".join(each.name for each in found)
        print(f"{root}: there is nothing to remove{left and '; --all removes '}{left}")
    return 0


def _is_built(entry: Entry) -> bool:
    """Tell whether a thing was built, and so has a seal, or was begun, and is of no use."""
    return bool(entry.what) or (entry.path / _BEGUN).is_dir()
