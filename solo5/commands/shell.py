# SPDX-License-Identifier: ISC
"""`solo5 shell`: reads which architecture, and the command if there is one; solo5.run.shell opens it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import needs, options
from solo5.errors import NOT_THE_PROGRAMS
from solo5.facts import tree
from solo5.options import Parser
from solo5.run import shell

SUMMARY: Final = "Open a prompt in an architecture's virtual machine."
SWEEPS_FIRST: Final = True
FAILURE_STATUS: Final = NOT_THE_PROGRAMS


def parser() -> Parser:
    """See Command."""
    made = Parser(
        "solo5 shell",
        f"{SUMMARY} It has the build's files: tenders, test guests, a tap {shell.TAP}, a disk {shell.DISK}. "
        "Ctrl-] ends it at once. Without a terminal, it runs what comes on standard input; with words after --, those.",
    )
    name = made.add_argument("arch", metavar="ARCH", help="one of the tree's")
    options.complete(name, lambda: tree().arch_names)
    compiler = made.add_argument("--compiler", metavar="NAME", help="of the build to try")
    options.complete(compiler, lambda: tree().compiler_names)
    return made


def main(words: Sequence[str]) -> int:
    """Run it; return the exit status of the shell or the command, 128 + signal if it was killed."""
    own, command = options.split(words)
    asked = parser().parse_args(own)
    of = tree()
    arch = of.arch(asked.arch)
    built = shell.ensure_built(arch, asked.compiler, of)
    needs.require([arch], build=False, native=False, at=of)
    return shell.run(built, command, of)
