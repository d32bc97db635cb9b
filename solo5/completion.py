# SPDX-License-Identifier: ISC
"""Tab completion: the shell asks the command itself what can follow.

`solo5 completion SHELL` prints what a shell's start file evaluates. At a tab,
the shell then runs `solo5` with the line so far in its environment, as
argcomplete defines it, and the parser of the subcommand answers. So there is
no second list of options (solo5.options).
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from solo5.options import SHELL_ASKS, Parser, answer

PROGRAMS: Final = ("solo5", "solo5-elftool")
SHELLS: Final = ("bash", "zsh")


def dispatch(commands: Mapping[str, Callable[[Sequence[str]], int]]) -> None:
    """Answer for a program with subcommands: with their names, or by the parser of the one on the line."""
    typed = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])].split(" ")
    name = typed[1] if len(typed) > 2 else ""  # noqa: PLR2004 - the program, its command, and what is asked for
    if name in commands:
        os.environ[SHELL_ASKS] = "2"
        commands[name]([])
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("command", choices=list(commands))
    answer(parser)


def main(argv: Sequence[str]) -> int:
    """Print the script for a shell."""
    parser = Parser("solo5 completion", 'Print what makes a shell complete: eval "$(solo5 completion bash)"')
    parser.add_argument("shell", choices=SHELLS)
    chosen = parser.parse_args(argv)

    from argcomplete import shell_integration  # noqa: PLC0415 - only here

    print(shell_integration.shellcode(PROGRAMS, shell=chosen.shell))
    return 0
