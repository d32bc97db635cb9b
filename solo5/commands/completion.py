# SPDX-License-Identifier: ISC
"""`solo5 completion`: prints what a shell's start file evaluates; solo5.completion answers at a tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from argcomplete import shell_integration

from solo5.completion import PROGRAMS
from solo5.options import Parser

SUMMARY: Final = "Print what makes bash, zsh or fish complete."
SWEEPS_FIRST: Final = False


def parser() -> Parser:
    """See Command."""
    made = Parser(
        "solo5 completion",
        f'{SUMMARY} In a start file: eval "$(solo5 completion bash)"; of fish: solo5 completion fish | source',
    )
    made.add_argument("shell", choices=["bash", "zsh", "fish"])
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    print(shell_integration.shellcode(PROGRAMS, shell=asked.shell))
    return 0
