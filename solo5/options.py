# SPDX-License-Identifier: ISC
"""Command lines of ours: a complaint is one line, like all others."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from typing import Any, NoReturn

from solo5.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError; options are only known by their whole names."""

    def __init__(self, prog: str, about: str | None = None) -> None:
        super().__init__(prog=prog, description=about, allow_abbrev=False)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - argparse's
        """Parse, unless a shell asks what could be parsed."""
        from solo5 import completion  # noqa: PLC0415 - it uses this class

        completion.answer(self)
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
        from solo5 import completion  # noqa: PLC0415 - it uses this class

        completion.answer(self)
        asked, others = self.parse_known_args(words)
        ours = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        for word in others:
            meant = difflib.get_close_matches(word.partition("=")[0], ours, 1, 0.8) if word.startswith("--") else []
            if meant:
                self.error(f"unrecognized argument: {word}; did you mean {meant[0]}")
        return asked, others
