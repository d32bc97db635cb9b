# SPDX-License-Identifier: ISC
"""Command lines of ours: a complaint is one line, like all others, and a shell that asks is answered."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from solo5.errors import UsageError

#: Set while a shell asks: how many words stand before those of the parser, from 1.
SHELL_ASKS: Final = "_ARGCOMPLETE"


def asked() -> bool:
    """Tell whether a shell asks what can follow."""
    return SHELL_ASKS in os.environ


def complete(action: argparse.Action, known: Callable[[], Iterable[str]]) -> None:
    """Let an option's value be one of those that `known` returns when asked."""

    def completer(**_: Any) -> list[str]:  # noqa: ANN401 - as argcomplete calls it
        return list(known())

    action.completer = completer  # type: ignore[attr-defined]


def answer(parser: argparse.ArgumentParser) -> NoReturn:
    """Answer the shell that asks with what the parser knows, and end the process."""
    import argcomplete  # noqa: PLC0415 - only when a shell asks: it costs as much as all that `--help` loads

    argcomplete.autocomplete(parser)
    message = "argcomplete: came back without an answer"
    raise AssertionError(message)


def add_compiler(parser: argparse.ArgumentParser, known: Sequence[str], default: str) -> None:
    """Let a command be told what to build with: one of those known, `default` if it is not."""
    text = f"build with this one of {', '.join(known)} (default: {default})"
    option = parser.add_argument("--compiler", metavar="NAME", help=text)
    complete(option, lambda: known)


def folder(text: str) -> Path:
    """Return the path of a folder. An unset variable in a script is none."""
    if not text:
        message = "a folder expected, found nothing"
        raise argparse.ArgumentTypeError(message)
    return Path(text)


def split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part words at the first `--`, which belongs to neither."""
    at = words.index("--") if "--" in words else len(words)
    return list(words[:at]), list(words[at + 1 :])


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError; options are only known by their whole names."""

    def __init__(self, prog: str, about: str | None = None) -> None:
        super().__init__(prog=prog, description=about, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise what main prints."""
        verb = self.prog.partition(" ")[2]
        subject = f"{verb}: " if verb else ""
        said = f"{subject}{message}; see: {self.prog} --help"
        raise UsageError(said)

    def parse_known(self, words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """Return what was asked, and the words that are another program's.

        An option that looks like a misspelt one of ours is refused.
        """
        asked, others = self.parse_known_args(words)
        ours = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        for word in others:
            meant = difflib.get_close_matches(word.partition("=")[0], ours, 1, 0.8) if word.startswith("--") else []
            if meant:
                self.error(f"unrecognized argument: {word}; did you mean {meant[0]}")
        return asked, others
