# SPDX-License-Identifier: ISC
"""Command lines of ours: a complaint is one line, like all others, and a shell that asks is answered."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Iterable, Sequence
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


def answer(parser: argparse.ArgumentParser) -> None:
    """If a shell asks, answer with what the parser knows, and end the process."""
    if asked():
        import argcomplete  # noqa: PLC0415 - only then

        argcomplete.autocomplete(parser)


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError; options are only known by their whole names."""

    def __init__(self, prog: str, about: str | None = None) -> None:
        super().__init__(prog=prog, description=about, allow_abbrev=False)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - argparse's
        """Parse, unless a shell asks what could be parsed."""
        answer(self)
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise what main prints."""
        words = self.prog.split()
        subject = " ".join(words[1:] or words)
        said = f"{subject}: {message}; see: {self.prog} --help"
        raise UsageError(said)

    def parse_known(self, words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
        """Return what was asked, and the words that are another program's.

        An option that looks like a misspelt one of ours is refused.
        """
        answer(self)
        asked, others = self.parse_known_args(words)
        ours = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        for word in others:
            meant = difflib.get_close_matches(word.partition("=")[0], ours, 1, 0.8) if word.startswith("--") else []
            if meant:
                self.error(f"unrecognized argument: {word}; did you mean {meant[0]}")
        return asked, others
