# SPDX-License-Identifier: ISC
"""Choosing by name, the same way in every command.

In a pattern, `*` stands for any characters and `?` for one; every other
character, brackets too, stands for itself: names of cases have brackets.
`@FILE` stands for the patterns in a file, one a line; empty lines and lines
that begin with # say nothing. A pattern that nothing matches is a mistake.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from solo5.errors import UsageError

_Thing = TypeVar("_Thing")

#: So many names stand in a message: those that are near, or else some; of few, all.
_NEAR: Final = 5
_SOME: Final = 3
_FEW: Final = 24


def patterns(words: Iterable[str]) -> tuple[str, ...]:
    """Return the patterns that words stand for. Raises UsageError: a file that cannot be read, or says nothing."""
    found: list[str] = []
    for word in words:
        found += _of_file(word[1:]) if word.startswith("@") else [word]
    return tuple(found)


def _of_file(name: str) -> list[str]:
    try:
        lines = [line.strip() for line in Path(name).read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else "is no text"
        message = f"@{name}: {reason}; expected a file of names, one a line"
        raise UsageError(message) from cause
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        message = f"@{name}: has no name in it"
        raise UsageError(message)
    return found


def is_name(pattern: str) -> bool:
    """Tell whether a pattern means one name only."""
    return "*" not in pattern and "?" not in pattern


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def matches(pattern: str, names: Iterable[str]) -> bool:
    """Tell whether a pattern means a thing that has these names."""
    return any(_compiled(pattern).fullmatch(name) for name in names)


def chosen(
    noun: str, wanted: Sequence[str], things: Iterable[_Thing], names: Callable[[_Thing], Sequence[str]]
) -> tuple[_Thing, ...]:
    """Return the things that any of some patterns means, in their own order.

    `noun` is what the user calls one, `names` returns all that it is called.
    Raises UsageError, with names near it, for a pattern that means none.
    """
    called = [(thing, names(thing)) for thing in things]
    for pattern in wanted:
        if not any(matches(pattern, own) for _, own in called):
            hint = _near(pattern, list(dict.fromkeys(name for _, own in called for name in own)))
            message = f"{noun} {pattern!r}: {'not known' if is_name(pattern) else 'matches none'}; {hint}"
            raise UsageError(message)
    return tuple(thing for thing, own in called if any(matches(pattern, own) for pattern in wanted))


def _near(name: str, known: Sequence[str]) -> str:
    # Some names have commas in them.
    between = "; " if any("," in each for each in known) else ", "
    if len(known) <= _FEW:
        return f"known: {between.join(known)}"
    near = difflib.get_close_matches(name.strip("*?"), known, n=_NEAR, cutoff=0.5)
    return f"near it: {between.join(near or [*known[:_SOME], '...'])}"
