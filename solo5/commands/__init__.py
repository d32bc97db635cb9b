# SPDX-License-Identifier: ISC
"""The verbs of `solo5`, one module each; this folder is the list of them.

A module has what Command says: how the words are read, and what is then
called. The work itself is done in the package that owns it. Only the verb
that runs is imported, so its module can import at its top all that it needs.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from solo5.errors import UsageError
from solo5.options import Parser

__all__ = ["Command", "failure_status", "load", "names", "summary"]

_FOLDER: Final = Path(__file__).parent
_SUMMARY: Final = re.compile(r'^SUMMARY: Final = "([^"\\]+)"$', re.MULTILINE)


class Command(Protocol):
    """What the module of a verb holds.

    If it also holds FAILURE_STATUS, every failure of ours ends it with that
    status: it returns those of other programs.
    """

    SUMMARY: str
    """What the verb does: one sentence, which stands in the source as it is, on one line."""
    SWEEPS_FIRST: bool
    """Whether it makes folders and containers: then, what killed commands left of those is removed first."""

    def parser(self) -> Parser:
        """Return what reads its options; `--help` and tab completion ask it, too."""

    def main(self, words: Sequence[str]) -> int:
        """Run it with the words after the verb; return the exit status."""


def names() -> tuple[str, ...]:
    """Return the names of all verbs, sorted."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("[!_]*.py")))


def summary(name: str) -> str:
    """Return the summary of a verb that exists, without importing it. Raises UsageError if its file has none."""
    path = _FOLDER / f"{name}.py"
    found = _SUMMARY.search(path.read_text(encoding="utf-8"))
    if found is None:
        message = f'{path}: lacks a line SUMMARY: Final = "..."; what is no verb begins with an underscore'
        raise UsageError(message)
    return found[1]


def load(name: str) -> Command:
    """Return a verb's module.

    Raises UsageError: with the known ones, or with what the file of that name lacks.
    """
    known = names()
    if name not in known:
        message = f"{name}: no such command; known: {', '.join(known)}"
        raise UsageError(message)
    module = importlib.import_module(f"{__name__}.{name}")
    lacking = [each for each in ("SUMMARY", "SWEEPS_FIRST", "parser", "main") if not hasattr(module, each)]
    if lacking:
        message = f"{module.__file__}: lacks {', '.join(lacking)}; what is no verb begins with an underscore"
        raise UsageError(message)
    return cast("Command", module)


def failure_status(command: Command) -> int | None:
    """Return the status of every failure of ours in a verb; None: each error has its own."""
    status: int | None = getattr(command, "FAILURE_STATUS", None)
    return status
