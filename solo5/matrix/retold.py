# SPDX-License-Identifier: ISC
"""Reports that are kept, as lines to read: a list of them, one in full, and what changed between two."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from solo5 import proc
from solo5.facts import Cell
from solo5.matrix import report, table
from solo5.matrix.archive import PASSES, Values
from solo5.matrix.changes import Changes
from solo5.matrix.report import CellState
from solo5.matrix.verdict import Ending

#: So much of what was asked for stands in a list, characters.
_MOST_ASKED: Final = 60


def listed(every: Mapping[int, Values | None]) -> list[str]:
    """Return a line for each, the newest first, below a head."""
    head = ["run", "began (UTC)", "compiler", "commit", "cases", "asked for"]
    rows = [head, *([str(number), *_row(every[number])] for number in sorted(every, reverse=True))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(values: Values | None) -> list[str]:
    if values is None:
        return ["damaged", "?", "?", "?", "?"]
    return [_began(values), str(values["compiler"]), _commit(values), _counts(values), _short(asked(values))]


def _short(text: str) -> str:
    return text if len(text) <= _MOST_ASKED else f"{text[:_MOST_ASKED]}..."


def in_full(values: Values) -> list[str]:
    """Return all that is to be read of one."""
    uname = values["uname"]
    times = ", ".join(f"{each['name']} {each['seconds']:.1f} s" for each in values["phases"])
    head = {
        "began": f"{_began(values)} UTC",
        "asked": asked(values),
        "cases": _counts(values),
        "compiler": values["compiler"],
        "commit": _commit(values),
        "where": f"{values['environment']}, {uname['machine']} {uname['system']} {uname['release']}",
        "time": f"{values['seconds']:.1f} s: {times}",
    }
    lines = [f"{key:<9} {value}" for key, value in head.items()]
    return [*lines, "", *table.lines(list(_states(values))), *_failures(values)]


def changed(found: Changes) -> list[str]:
    """Return a line for each change, the worst first; one line if there is none."""
    lines = [
        *_moved("broken", found.broken),
        *_moved("other", found.other),
        *_moved("mended", found.mended),
        *(f"new: {name}: {ending}" for name, ending in sorted(found.new.items())),
        *(f"gone: {name}" for name in found.gone),
        *(f"slower: {name}: {was:.2f} s -> {now:.2f} s" for name, (was, now) in sorted(found.slower.items())),
    ]
    return [*(lines or ["nothing changed"]), *_apart(found.first_only, "first"), *_apart(found.second_only, "second")]


def _apart(count: int, which: str) -> Iterator[str]:
    if count:
        yield f"only in the {which}: {count} cases, since the other is of a part"


def _moved(word: str, those: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield from (f"{word}: {name}: {was} -> {now}" for name, (was, now) in sorted(those.items()))


def asked(values: Values) -> str:
    """Say what a run was asked for."""
    return proc.line(values.get("asked", [])) or "everything"


def _began(values: Values) -> str:
    return str(values.get("time", "?")).replace("T", " ").removesuffix("Z")


def _commit(values: Values) -> str:
    return str(values.get("commit") or "?")


def _counts(values: Values) -> str:
    counts = collections.Counter(str(case["ending"]) for case in values["cases"])
    words = [f"{count} {ending}" for ending, count in sorted(counts.items(), key=_good_last)]
    return ("interrupted: " if values.get("interrupted") else "") + (", ".join(words) or "none")


def _good_last(pair: tuple[str, int]) -> tuple[bool, str]:
    return pair[0] in PASSES, pair[0]


def _states(values: Values) -> Iterator[CellState]:
    for cell in values["cells"]:
        counts = {Ending(ending): count for ending, count in cell["counts"].items()}
        yield CellState(Cell(cell["target"], cell["arch"]), cell["state"] != "missing", counts)


def _failures(values: Values) -> Iterator[str]:
    for case in sorted(_bad(values["cases"]), key=lambda case: str(case["name"])):
        yield ""
        # What a terminal showed says all of it, and how to repeat it.
        yield case["text"] or f"{case['name']}: {case['ending']}: {'; '.join(case['detail'])}"


def _bad(cases: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield from (case for case in cases if report.result(case).ending.is_failure)
