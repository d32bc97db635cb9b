# SPDX-License-Identifier: ISC
"""What people hear while packages come: one line an event, on stderr.

Standard output belongs to the command that needed the packages.
"""

from __future__ import annotations

import sys


def progress(text: str) -> None:
    """Tell what begins now and may take a while."""
    print(f"solo5: {text}", file=sys.stderr, flush=True)


def warning(text: str) -> None:
    """Tell what is not as it should be, though the work goes on."""
    print(f"solo5: warning: {text}", file=sys.stderr, flush=True)
