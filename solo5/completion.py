# SPDX-License-Identifier: ISC
"""Tab completion: the shell asks the command itself what can follow.

`solo5 completion SHELL` prints what a shell's start file evaluates. At a tab,
the shell then runs `solo5` with the line so far in its environment, as
argcomplete defines it, and the parser of the verb answers. So there is no
second list of options.
"""

from __future__ import annotations

import argparse
import os
from typing import Final, NoReturn

from solo5 import commands
from solo5.options import SHELL_ASKS, answer

PROGRAMS: Final = ("solo5", "solo5-elftool")


def answer_shell() -> NoReturn:
    """Answer with the names of the verbs, or by the parser of the one on the line; end the process."""
    typed = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])].split(" ")
    verb = typed[1] if len(typed) > 2 else ""  # noqa: PLR2004 - the program, its verb, and what is asked for
    known = commands.names()
    if verb in known:
        os.environ[SHELL_ASKS] = "2"
        answer(commands.load(verb).parser())
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("command", choices=known)
    answer(parser)
