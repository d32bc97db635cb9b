# SPDX-License-Identifier: ISC
"""What people hear while something takes long: one line an event, on standard error; and whether they want more.

Standard output belongs to the command that was asked for. A board or a table, other modules draw.
"""

from __future__ import annotations

import os
import sys
from typing import Final

#: 1 in it: show every command on standard error, and a traceback of our own bugs.
VERBOSE_VARIABLE: Final = "SOLO5_VERBOSE"


def is_verbose() -> bool:
    """Tell whether VERBOSE_VARIABLE asks to see more."""
    return os.environ.get(VERBOSE_VARIABLE, "0") not in {"", "0"}


def say(text: str) -> None:
    """Tell what begins now and may take a while."""
    print(f"solo5: {text}", file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Tell what is not as it should be, though the work goes on."""
    print(f"solo5: warning: {text}", file=sys.stderr, flush=True)
