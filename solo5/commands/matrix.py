# SPDX-License-Identifier: ISC
"""`solo5 matrix`: reads what to test and how; solo5.matrix.flow does it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from solo5 import needs, options
from solo5.env import session
from solo5.facts import tree
from solo5.matrix.flow import Request, make_plan, run
from solo5.matrix.repeat import Asked
from solo5.options import Parser

SUMMARY: Final = "Build and run every case in every cell, and show the parity table."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser(
        "solo5 matrix",
        f"{SUMMARY} Other options go to pytest, as --case NAME, -k, -x, -n; so does all that follows --.",
    )
    cell = made.add_argument("--cell", action="append", default=[], help="only this one, as in spt-ARCH (repeatable)")
    options.complete(cell, lambda: map(str, tree().cells()))
    made.add_argument("--place", choices=["host", "vm"], help="run there instead of in the best place")
    made.add_argument("--full", action="store_true", help="the soak too, which takes minutes")
    made.add_argument("--no-snapshots", action="store_true", help="boot machines, as SOLO5_SNAPSHOTS=0 does always")
    made.add_argument("--json", action="store_true", help="print the report as JSON instead of the table")
    made.add_argument("--dry-run", action="store_true", help="print what would be done")
    made.add_argument("--plain", action="store_true", help="lines instead of the board, also on a terminal")
    made.add_argument("--no-cache", action="store_true", help="run also what passed before; always so in CI")
    options.add_toolchain(made, tree().compiler_names, tree().default_compiler)
    session.add_option(made)
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    own, after = options.split(words)
    asked, others = parser().parse_known(own)
    request = Request(
        cells=tuple(asked.cell),
        asked=Asked(asked.toolchain, asked.place),
        full=asked.full,
        snapshots=not asked.no_snapshots,
        as_json=asked.json,
        dry_run=asked.dry_run,
        plain=asked.plain,
        cache=not (asked.no_cache or os.environ.get("CI")),
        pytest_words=(*others, *after),
    )
    of = tree()
    archs = make_plan(request, of).archs
    if session.environment(needs.needed(archs, of, compiler=asked.toolchain), asked.env) == "container":
        return session.in_container(["matrix", *words], of)
    return run(request)
