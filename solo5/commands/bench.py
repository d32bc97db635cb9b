# SPDX-License-Identifier: ISC
"""`solo5 bench`: reads what to measure; solo5.bench.run measures, prints ratios and stores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import options, selecting
from solo5.bench.run import Request, run
from solo5.facts import checkout_tree, tree
from solo5.options import Parser

SUMMARY: Final = "Measure beside plain processes, and beside another installation."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 bench", f"{SUMMARY} Prints ratios, and stores them in build/report/bench*.json.")
    made.add_argument(
        "--peer", type=options.folder, metavar="PREFIX", help="another installation that takes the same turns"
    )
    made.add_argument("--turns", type=int, default=7, help="turns of each contestant (default: %(default)s)")
    text = "only the measurement of this name; * and ? are any characters and one (repeatable)"
    made.add_argument("--only", action="append", default=[], metavar="NAME", help=text)
    option = made.add_argument("--cell", action="append", default=[], metavar="NAME", help="only this one (repeatable)")
    options.complete(option, lambda: map(str, tree().cells()))
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    only, cells = selecting.patterns(asked.only), selecting.patterns(asked.cell)
    run(Request(asked.turns, only, cells, asked.peer and asked.peer.resolve()), checkout_tree())
    return 0
