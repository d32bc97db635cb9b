# SPDX-License-Identifier: ISC
"""What changed between two reports: values of report.json in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from solo5.matrix.archive import PASSES

#: A case that takes so many times as long, and so much longer, is slower; all else is the host's day.
_TIMES: Final = 2.0
_MORE_S: Final = 0.5


@dataclass(frozen=True)
class Changes:
    """What is otherwise in the second report; of each list, names as everywhere."""

    broken: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Passed, and does no more: both endings."""
    mended: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Passes now: both endings."""
    other: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Another ending, neither of which is a pass, or both of which failed otherwise: both endings."""
    new: dict[str, str] = field(default_factory=dict)
    """In the second only: its ending. If the first is of a part, only what is no pass."""
    gone: list[str] = field(default_factory=list)
    """In the first only, though the second is of the whole matrix."""
    slower: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Passed in both, and took much longer: seconds."""
    first_only: int = 0
    """How many cases the second, which is of a part, did not run."""
    second_only: int = 0
    """How many passed that the first, which is of a part, did not run."""


def between(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Changes:
    """Compare two reports. `passed before` is a pass, without a time."""
    before = {case["name"]: case for case in older["cases"]}
    after = {case["name"]: case for case in newer["cases"]}
    new = {name: case["ending"] for name, case in after.items() if name not in before}
    telling = {name: ending for name, ending in new.items() if older.get("whole") or ending not in PASSES}
    left = sorted(before.keys() - after.keys())
    gone = left if newer.get("whole") else []
    found = Changes(new=telling, gone=gone, first_only=len(left) - len(gone), second_only=len(new) - len(telling))
    for name in before.keys() & after.keys():
        _compare(found, name, before[name], after[name])
    return found


def _compare(found: Changes, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    endings = (before["ending"], after["ending"])
    was, now = (ending in PASSES for ending in endings)
    if was and now:
        seconds = (float(before["seconds"]), float(after["seconds"]))
        timed = endings == ("passed", "passed")
        if timed and seconds[1] > seconds[0] * _TIMES and seconds[1] - seconds[0] > _MORE_S:
            found.slower[name] = seconds
    elif was != now:
        (found.broken if was else found.mended)[name] = endings
    elif endings[0] != endings[1]:
        found.other[name] = endings
