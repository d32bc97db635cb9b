# SPDX-License-Identifier: ISC
"""`solo5 cache`: what is kept in the cache; solo5.ours lists and removes, solo5.kept knows what is whole."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from solo5 import cache, kept, options, ours
from solo5.errors import ToolMissingError
from solo5.options import Parser
from solo5.ours import Entry

SUMMARY: Final = "Show what was fetched or saved for later: size, last use, name; read it all, or remove parts."
SWEEPS_FIRST: Final = False
_DAY_S: Final = 86400.0


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 cache", f"{SUMMARY} It comes again when it is needed. Images of containers: solo5 image.")
    names = made.add_argument(
        "names", nargs="*", metavar="NAME", help="only these; * and ? are any characters and one: 'linux-*'"
    )
    options.complete(names, lambda: [each.name for each in ours.entries(cache.root())])
    made.add_argument("--unused-for", type=float, metavar="DAYS", help="only what was not used for so many days")
    does = made.add_mutually_exclusive_group()
    does.add_argument("--verify", action="store_true", help="compare every byte with its hash; remove what is damaged")
    does.add_argument("--remove", action="store_true", help="remove them; NAME '*' is all")
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    made = parser()
    asked = made.parse_args(words)
    if asked.remove and not asked.names and asked.unused_for is None:
        made.error("--remove: of what? NAME or --unused-for DAYS says it; '*' is all")
    root = cache.root()
    if asked.remove:
        # Before all of a folder is looked at that may be anybody's.
        ours.check(root)
    found = ours.entries(root)
    chosen = ours.choose(found, asked.names) if asked.names else list(found)
    if asked.unused_for is not None:
        chosen = [each for each in chosen if time.time() - each.used > asked.unused_for * _DAY_S]
    if asked.verify:
        _verify(chosen)
    elif asked.remove:
        ours.remove(root, chosen)
    else:
        print(f"cache: {root}")
        ours.show(chosen)
    return 0


def _verify(chosen: Sequence[Entry]) -> None:
    """Read all that has a hash. Raises ToolMissingError if something was damaged; it is removed."""
    damaged = []
    for each in chosen:
        wrong = _damage(each)
        if wrong is not None:
            print(f"{f'damaged: {wrong}' if wrong else 'whole':8}  {each.name}", flush=True)
        if wrong:
            damaged.append(each)
    if damaged:
        ours.remove(cache.root(), damaged)
        message = f"{cache.root()}: {len(damaged)} of {len(chosen)} were damaged; removed, they come again when needed"
        raise ToolMissingError(message)


def _damage(entry: Entry) -> str | None:
    """Return what of a thing is damaged; empty: nothing; None: it has no hash."""
    if entry.path.is_file():
        return "its text" if kept.read_values(entry.path) is None else ""
    wrong = kept.changed(entry.path, full=True)
    return None if wrong is None else ", ".join(wrong)
