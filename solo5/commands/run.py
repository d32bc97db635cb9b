# SPDX-License-Identifier: ISC
"""`solo5 run`: reads options, file and arguments; solo5.run.single runs it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from solo5 import places
from solo5.errors import NOT_THE_PROGRAMS
from solo5.facts import tree
from solo5.options import Parser
from solo5.run import single

SUMMARY: Final = "Run a unikernel file of any architecture."
SWEEPS_FIRST: Final = True
FAILURE_STATUS: Final = NOT_THE_PROGRAMS
_EXAMPLES: Final = """\
examples:
  solo5 run hello.spt
  solo5 run --mem=32 --place=vm hello.spt a "b c"
  solo5 run --block:disk=disk.img -- blk.spt bounds

Other options go to the tender as they are; `solo5-spt --help` lists its own.
"""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Shows an option and its value as one word, as the tenders have it."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{action.option_strings[0]}={self._format_args(action, action.dest)}"


def parser() -> Parser:
    """Return a parser for help and completion; single.parse does the work, since NAME is part of an option."""
    made = Parser("solo5 run", f"{SUMMARY} On this host if it can, else in the cheapest other place that can.")
    made.formatter_class = _Help
    made.epilog = _EXAMPLES
    made.usage = "solo5 run [--place PLACE] [OPTIONS] [--] FILE [ARGS...]"
    made.add_argument("--place", choices=places.names(), help="run there instead of in the best place")
    for name, (metavar, about) in single.OPTIONS.items():
        made.add_argument(name, metavar=metavar, help=about)
    made.add_argument("file", metavar="FILE", help="the unikernel")
    made.add_argument("args", nargs="*", metavar="ARGS", help="its arguments")
    return made


def main(words: Sequence[str]) -> int:
    """Run it; return the guest's exit status, 128 + signal if it was killed.

    Does not return where this process can become the tender.
    """
    command = single.parse(words)
    if command is None:
        parser().print_help()
        return 0
    return single.run(command, tree())
