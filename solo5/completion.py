# SPDX-License-Identifier: ISC
"""Tab completion: the shell asks the command itself what can follow.

`solo5 completion SHELL` prints what a shell's start file evaluates. At a tab,
the shell then runs `solo5` with the line so far in its environment, as
argcomplete defines it, and the parser of the subcommand answers. So there is
no second list of options; which words are values, `words` attaches to them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from solo5.options import Parser

PROGRAMS: Final = ("solo5", "solo5-elftool")
SHELLS: Final = ("bash", "zsh")
#: Set while a shell asks: how many words stand before those of the parser, from 1.
VARIABLE: Final = "_ARGCOMPLETE"


def asked() -> bool:
    """Tell whether a shell asks what can follow."""
    return VARIABLE in os.environ


def words(action: argparse.Action, known: Callable[[], Iterable[str]]) -> None:
    """Let an option's value be one of those that `known` returns when asked."""

    def completer(**_: Any) -> list[str]:  # noqa: ANN401 - as argcomplete calls it
        return list(known())

    action.completer = completer  # type: ignore[attr-defined]


def answer(parser: argparse.ArgumentParser) -> None:
    """If a shell asks, answer with what the parser knows, and end the process."""
    if asked():
        import argcomplete  # noqa: PLC0415 - only then

        argcomplete.autocomplete(parser)


def dispatch(commands: Mapping[str, Callable[[Sequence[str]], int]]) -> None:
    """Answer for a program with subcommands: with their names, or by the parser of the one on the line."""
    typed = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])].split(" ")
    name = typed[1] if len(typed) > 2 else ""  # noqa: PLR2004 - the program, its command, and what is asked for
    if name in commands:
        os.environ[VARIABLE] = "2"
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
