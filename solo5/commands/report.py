# SPDX-License-Identifier: ISC
"""`solo5 report`: reads which reports; solo5.matrix.retold has the lines, solo5.matrix.archive the reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from solo5 import options, shown
from solo5.errors import UsageError
from solo5.facts import tree
from solo5.matrix import archive, changes, retold
from solo5.options import Parser

SUMMARY: Final = "Show the last runs of the matrix, one of them in full, or what changed between two."
SWEEPS_FIRST: Final = False


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 report", SUMMARY)
    text = "its number or path; none: list those that are kept; one: show it; two: what the second has otherwise"
    runs = made.add_argument("runs", nargs="*", metavar="RUN", help=text)
    options.complete(runs, lambda: map(str, archive.numbers(tree())))
    made.add_argument("--json", action="store_true", help="print the same as JSON")
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    of = tree()
    paths = [archive.path_of(of, name) for name in asked.runs]
    found = [archive.load(path) for path in paths]
    match found:
        case []:
            every = archive.read_all(of)
            lines = retold.listed(every) if every else ["none yet: `solo5 matrix` makes one"]
            value: object = {number: _short(values) for number, values in every.items()}
        case [values]:
            lines, value = [*retold.in_full(values), f"report: {paths[0].parent}"], values
        case [older, newer]:
            difference = changes.between(older, newer)
            lines, value = retold.changed(difference), asdict(difference)
        case _:
            message = f"report: at most two runs, not {len(found)}"
            raise UsageError(message)
    # It may come from anybody, and hold what a guest wrote.
    print(archive.dumped(value).rstrip() if asked.json else shown.text("\n".join(lines)))
    return 0


def _short(values: archive.Values | None) -> object:
    """Return a report without its cases; None: it is damaged."""
    return None if values is None else {key: value for key, value in values.items() if key != "cases"}
