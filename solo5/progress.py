# SPDX-License-Identifier: ISC
"""What people hear while something takes long: one line an event, on standard error; and whether they want more.

Standard output belongs to the command that was asked for. A board or a table, other modules draw.
"""

from __future__ import annotations

import os
import re
import sys
from typing import IO, Final

#: 1 in it: show every command on standard error, and a traceback of our own bugs.
VERBOSE_VARIABLE: Final = "SOLO5_VERBOSE"
#: What compilers colour with (ECMA-48: SGR, EL).
_STYLES: Final = re.compile(r"\x1b\[[0-9;:]*[mK]")


def is_verbose() -> bool:
    """Tell whether VERBOSE_VARIABLE asks to see more."""
    return os.environ.get(VERBOSE_VARIABLE, "0") not in {"", "0"}


def without_styles(text: str) -> str:
    """Return text of a program without its colours."""
    return _STYLES.sub("", text)


def coloured(text: str, out: IO[str]) -> str:
    """Return text of a program, without its colours unless `out` shows them and people want any (no-color.org)."""
    return text if out.isatty() and not os.environ.get("NO_COLOR") else without_styles(text)


def say(text: str) -> None:
    """Tell what begins now and may take a while."""
    print(f"solo5: {text}", file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Tell what is not as it should be, though the work goes on."""
    print(f"solo5: warning: {text}", file=sys.stderr, flush=True)
