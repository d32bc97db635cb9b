# SPDX-License-Identifier: ISC
"""What people hear while something takes long: one line an event, on standard error.

Standard output belongs to the command that was asked for. A board or a table, other modules draw.
"""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Tell what begins now and may take a while."""
    print(f"solo5: {text}", file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Tell what is not as it should be, though the work goes on."""
    print(f"solo5: warning: {text}", file=sys.stderr, flush=True)
