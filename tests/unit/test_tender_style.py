# SPDX-License-Identifier: ISC
"""Rules of style that C in tenders/ keeps, where a compiler would not notice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from solo5.facts import tree

_TENDERS: Final = tree().root / "tenders"
_MACRO: Final = re.compile(r"(?<!define )\b(TRY|TRY_SYSTEM|FAIL_IF|REFUSE_IF)\(")
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
#: What a condition may ask: no function that changes anything.
_ASKS: Final = (
    {"S_ISBLK", "S_ISDIR", "S_ISREG", "isxdigit", "memcmp", "sizeof", "strcmp", "strlen", "strspn"}
    | {"if_nametoindex"}
    | {"guest_range_inside", "in_file"}
)
#: An assignment, or a step; no comparison.
_CHANGE: Final = re.compile(r"\+\+|--|[^=!<>]=(?!=)")


def _first_argument(text: str) -> str:
    """Return what stands in front of the first comma, or the end, of a list of arguments."""
    depth = 0
    for at, char in enumerate(text):
        if depth == 0 and char in ",)":
            return text[:at]
        depth += {"(": 1, ")": -1}.get(char, 0)
    raise AssertionError(text)


def _uses() -> Iterator[tuple[str, str, str]]:
    """Return each use of a macro that can return: where it is, its name, and what it looks at."""
    for path in sorted(_TENDERS.rglob("*.[ch]")):
        text = _COMMENT.sub("", path.read_text())
        for found in _MACRO.finditer(text):
            argument = re.sub(r"\s+", " ", _first_argument(text[found.end() :])).strip()
            if argument != "condition":
                yield f"{path.relative_to(_TENDERS)}: {argument}", found.group(1), argument


def test_what_is_tried_is_a_call() -> None:
    """TRY and TRY_SYSTEM take one call, never a variable: a reader sees what fails where it fails."""
    tried = [(where, argument) for where, name, argument in _uses() if name.startswith("TRY")]
    assert len(tried) > 40
    assert [] == [where for where, argument in tried if not re.fullmatch(r"[\w.\[\]]+\(.*\)", argument)]


def test_a_condition_changes_nothing() -> None:
    """What FAIL_IF looks at has been computed before: no call with an effect, no step, no assignment."""
    conditions = [(where, argument) for where, name, argument in _uses() if not name.startswith("TRY")]
    assert len(conditions) > 40
    assert [] == [where for where, argument in conditions if _CHANGE.search(argument)]
    assert [] == [where for where, argument in conditions if set(re.findall(r"(\w+)\(", argument)) - _ASKS]


def test_a_guests_address_is_a_type_wherever_its_abi_is_seen() -> None:
    """Tenders see hvt's ABI through one header, in which an address is no number."""
    files = [*_TENDERS.rglob("*.[ch]"), *(tree().root / "tests" / "field").rglob("*.[ch]")]
    direct = [path for path in files if '#include "hvt_abi.h"' in path.read_text()]
    assert [_TENDERS / "hvt" / "abi.h"] == direct


def test_only_a_target_says_how_long_its_block_calls_are() -> None:
    """The policy's any_length has one owner for each target: the target itself; nothing that is common sets it."""
    setting = [path for path in sorted(_TENDERS.rglob("*.[ch]")) if re.search(r"any_length = ", path.read_text())]
    assert {path.parent.name for path in setting} <= set(tree().target_names)
    assert len(setting) == len({path.parent for path in setting})
