# SPDX-License-Identifier: ISC
"""`solo5 run`: reads options, file and arguments; solo5.run.single runs it."""

from __future__ import annotations

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


def parser() -> Parser:
    """Return a parser for help and completion; single.parse does the work, since NAME is part of an option."""
    made = Parser("solo5 run", f"{SUMMARY} On this host if it can, else in the cheapest other place that can.")
    made.usage = "solo5 run [--place PLACE] [OPTIONS] [--] FILE [ARGS...]"
    made.add_argument("--place", choices=places.names(), help="run there instead of in the best place")
    made.add_argument("--mem", metavar="MB", help="the guest's memory")
    made.add_argument(
        "--block:NAME", metavar="PATH", help="attach a file as a block device (in another place, its disk)"
    )
    made.add_argument("--block-sector-size:NAME", metavar="BYTES", help="its size of a block")
    made.add_argument("--net:NAME", metavar="IFACE", help="attach a tap, or @FD (not in every place)")
    made.add_argument("--net-mac:NAME", metavar="ADDRESS", help="its address")
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
