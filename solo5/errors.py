# SPDX-License-Identifier: ISC
"""The error tree, and the exit status of each kind; docs/decisions.md has the same table.

Every error that a person can cause, or mend, is one of these classes; its
message is one line that says what went wrong, where, and what to do next.
Anything else that reaches main is a bug of ours.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = [
    "BROKEN_PIPE",
    "INTERRUPTED",
    "NOT_THE_PROGRAMS",
    "BuildError",
    "DeadlineError",
    "GuestError",
    "MachineError",
    "Solo5Error",
    "Terminated",
    "ToolMissingError",
    "UntrustedError",
    "UsageError",
    "naming",
]

#: Errors of writing, which may come long after the file was opened, and then name none.
_OF_WRITING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


@contextlib.contextmanager
def naming(place: Path) -> Iterator[None]:
    """Give an error of the block's writing, if it names no file, this place as its name."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in _OF_WRITING:
            error.filename = str(place)
        raise


class Solo5Error(Exception):
    """An error with a message; base of all others. By itself: a bug of ours."""

    exit_status = 70
    """EX_SOFTWARE of sysexits.h."""


class UsageError(Solo5Error):
    """The user's mistake: an option, a file or a value that cannot be."""

    exit_status = 2


class ToolMissingError(Solo5Error):
    """Something outside of us that the work needs is missing or failed: a program, a package, a right, room."""

    exit_status = 3


class UntrustedError(Solo5Error):
    """Something from outside is not what its hash says; the work does not go on without it, as without a program."""

    exit_status = ToolMissingError.exit_status


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
    """A place or environment died or spoke nonsense: not the guest's doing."""

    exit_status = 7


#: A failure of ours in a command that ends as the program that it runs (env(1), nice(1) and docker(1) have it so).
NOT_THE_PROGRAMS = 125
#: A program that wrote into a closed pipe, as a shell reports it (128 + SIGPIPE).
BROKEN_PIPE = 141
#: Ctrl-C, as a shell reports it (128 + SIGINT).
INTERRUPTED = 130


class Terminated(KeyboardInterrupt):
    """A signal asked this process to end; it does what it would at Ctrl-C."""

    def __init__(self, number: int) -> None:
        """Take the signal's number."""
        super().__init__(number)
        #: As a shell reports it.
        self.exit_status = 128 + number
