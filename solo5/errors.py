# SPDX-License-Identifier: ISC
"""The error tree, and the exit status of each kind.

Every error that a person can cause, or mend, is one of these classes; its
message is one line that says what went wrong, where, and what to do next.
Anything else that reaches main is a bug of ours.
"""

from __future__ import annotations

__all__ = [
    "INTERRUPTED",
    "BuildError",
    "DeadlineError",
    "GuestError",
    "MachineError",
    "Solo5Error",
    "Terminated",
    "ToolMissingError",
    "UsageError",
]


class Solo5Error(Exception):
    """An error with a message for the user; base of all others."""

    exit_status = 1


class UsageError(Solo5Error):
    """The user's mistake: an option, a file or a value that cannot be."""

    exit_status = 2


class ToolMissingError(Solo5Error):
    """A program, package or right that the work needs is not there."""

    exit_status = 3


class BuildError(Solo5Error):
    """A compiler, linker or post-link check refused."""

    exit_status = 4


class GuestError(Solo5Error):
    """A guest did not end as its case expects."""

    exit_status = 5


class DeadlineError(Solo5Error):
    """A phase took longer than its deadline; the message names the phase."""

    exit_status = 6


class MachineError(Solo5Error):
    """A virtual machine died or spoke nonsense: not the guest's doing."""

    exit_status = 7


#: Ctrl-C, as a shell reports it (128 + SIGINT).
INTERRUPTED = 130


class Terminated(KeyboardInterrupt):
    """A signal asked this process to end; it does what it would at Ctrl-C."""

    def __init__(self, number: int) -> None:
        """Take the signal's number."""
        super().__init__(number)
        #: As a shell reports it.
        self.exit_status = 128 + number
