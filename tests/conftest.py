# SPDX-License-Identifier: ISC
"""What all tests begin with."""

from __future__ import annotations

import signal

# A shell that starts tests in the background ignores Ctrl-C for them, and
# what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
