# SPDX-License-Identifier: ISC
"""`solo5 matrix`: reads what to test and how; solo5.matrix.flow does it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from solo5 import needs, options, session
from solo5.facts import tree
from solo5.matrix import request as requests
from solo5.matrix.flow import Manner, run, show_plan
from solo5.matrix.repeat import Asked
from solo5.options import Parser
from solo5.places import SNAPSHOTS_VARIABLE, snapshots_wanted

SUMMARY: Final = "Build and run every case in every cell, and show the parity table."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser(
        "solo5 matrix",
        f"{SUMMARY} Other options go to pytest, as -k, -x, -n; so does all that follows --.",
    )
    actions = {flag: made.add_argument(flag, **arguments) for flag, arguments in requests.options()}
    options.complete(actions["--cell"], lambda: map(str, tree().cells()))
    made.add_argument(
        "--no-snapshots", action="store_true", help=f"boot machines, as {SNAPSHOTS_VARIABLE}=0 does always"
    )
    made.add_argument("--json", action="store_true", help="print the report as JSON instead of the table")
    made.add_argument("--dry-run", action="store_true", help="print what would be done")
    made.add_argument("--plain", action="store_true", help="lines instead of the board, also on a terminal")
    made.add_argument("--no-cache", action="store_true", help="run also what passed before; always so in CI")
    options.add_compiler(made, tree().compiler_names, tree().default_compiler)
    session.add_option(made)
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    own, after = options.split(words)
    own_parser = parser()
    asked, others = own_parser.parse_known(own)
    # Ours are ours on either side of the dashes.
    asked, after = own_parser.parse_known_args(after, asked)
    request = requests.Request(
        cells=tuple(asked.cell),
        cases=tuple(asked.case),
        full=asked.full,
        asked=Asked(asked.compiler, asked.place, requests.one_kernel(asked.kernel)),
        snapshots=snapshots_wanted() and not asked.no_snapshots,
    )
    manner = Manner(
        as_json=asked.json,
        plain=asked.plain,
        # Who names a case wants to see it run.
        cache=not (asked.no_cache or asked.case or os.environ.get("CI")),
        pytest_words=(*others, *after),
    )
    of = tree()
    archs = requests.select_archs(request, of)
    needed = needs.needed(archs, of, compiler=asked.compiler, place=asked.place)
    choice = session.choose(needed, asked.env, asked.suite, announce=not asked.dry_run)
    if asked.dry_run:
        show_plan(request, manner, choice, at=of)
        return 0
    if not choice.here:
        return session.begin(choice, ["matrix", *words], of, suite=asked.suite)
    return run(request, manner)
