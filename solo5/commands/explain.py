# SPDX-License-Identifier: ISC
"""`solo5 explain`: reads which job; solo5.matrix.explain says all about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import options, places, selecting
from solo5.facts import tree
from solo5.matrix import cases
from solo5.matrix.explain import explain
from solo5.matrix.repeat import Asked
from solo5.options import Parser

SUMMARY: Final = "Say what a job of the matrix is, where it would run, and why."
SWEEPS_FIRST: Final = False


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 explain", SUMMARY)
    job = made.add_argument(
        "job",
        nargs="+",
        metavar="JOB",
        help="as in hello-spt-ARCH or blk[512], in every cell; as --case of `solo5 matrix`",
    )
    options.complete(job, _jobs)
    made.add_argument("--place", choices=places.names(), help="ask about this place")
    options.add_compiler(made, tree().compiler_names, tree().default_compiler)
    return made


def _jobs() -> list[str]:
    """Return the names of all jobs of the matrix."""
    return [item.name for item in cases.all_items(tree(), tree().cells(), full=True)]


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    print(explain(selecting.patterns(asked.job), Asked(asked.compiler, asked.place)))
    return 0
