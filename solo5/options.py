# SPDX-License-Identifier: ISC
"""Command lines of ours: a complaint is one line, like all others."""

from __future__ import annotations

import argparse
from typing import NoReturn

from solo5.errors import UsageError


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError; options are only known by their whole names."""

    def __init__(self, prog: str, about: str | None = None) -> None:
        super().__init__(prog=prog, description=about, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raise what main prints."""
        words = self.prog.split()
        subject = " ".join(words[1:] or words)
        said = f"{subject}: {message}; see: {self.prog} --help"
        raise UsageError(said)
