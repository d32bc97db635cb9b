# SPDX-License-Identifier: ISC
"""`solo5 loc`: builds all cells and prints what solo5.builder.loc counts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from solo5.builder import build, loc
from solo5.facts import checkout_tree
from solo5.options import Parser

SUMMARY: Final = "Count the code of each tender: what is linked, headers included, without comments."
SWEEPS_FIRST: Final = False


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 loc", SUMMARY)
    made.add_argument("--json", action="store_true", help="print the counts as JSON")
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    of = checkout_tree()
    for arch in dict.fromkeys(cell.arch for cell in of.cells()):
        build(of.arch(arch), at=of)
    counts = [each for cell in of.cells() for each in loc.counts(cell, of)]
    if asked.json:
        print(json.dumps([asdict(each) for each in counts], indent=1))
    else:
        for each in counts:
            print(f"{each.program} on {each.arch}: {each.lines} lines in {each.files} files")
    return 0
