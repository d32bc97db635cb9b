# SPDX-License-Identifier: ISC
"""Standard input, output and error, whatever the caller left of them: closed, full, or set not to wait.

What was asked for goes to standard output: that it cannot, is an error that
names it. Standard error is for people; that they cannot be told ends nothing.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from typing import Final

from solo5.errors import ToolMissingError

__all__ = ["NAMES", "secure"]

#: Names of both that are written, as errors have them; a reader that has gone is a BrokenPipeError of that name.
NAMES: Final = ("standard output", "standard error")
#: What takes the place of a closed descriptor: a read, and for the last a write, works; a write of output does not.
_INSTEAD: Final = ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY))


class _Written(io.FileIO):
    """One of the two that are written, by its descriptor, which stays open."""

    def __init__(self, fd: int, name: str) -> None:
        super().__init__(fd, "w", closefd=False)
        self._shown = name
        self._fails = False

    def write(self, data: object) -> int:
        """Write all or a part; wait for room even where the caller has set the file not to."""
        size = memoryview(data).nbytes  # type: ignore[arg-type]
        # After it has been told once, Python must not complain at exit either.
        if self._fails:
            return size
        try:
            # None: there is no room yet (io.RawIOBase).
            while (count := super().write(data)) is None:  # type: ignore[arg-type]
                select.select([], [self], [])
        except OSError as error:
            self._fails = True
            if error.errno == errno.EPIPE:
                error.filename = self._shown
                raise
            if self.fileno() != 1:
                return size
            why = "it is closed" if error.errno == errno.EBADF else error.strerror
            message = f"{self._shown}: {why}; send it to where it can be written"
            raise ToolMissingError(message) from error
        return count


def secure() -> None:
    """Make all three usable, for this process and those that it starts.

    A file that is opened later must not get the number of a closed one: what
    is printed would go into it.
    """
    for fd, flags in _INSTEAD:
        try:
            os.fstat(fd)
        except OSError:
            # The lowest number that is free is this one.
            os.set_inheritable(os.open(os.devnull, flags), True)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, closefd=False)
    # Not where something else took their place, as a test that captures.
    if sys.stdout is sys.__stdout__:
        sys.stdout = _text(1)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(2)


def _text(fd: int) -> io.TextIOWrapper:
    before = sys.__stdout__ if fd == 1 else sys.__stderr__
    # A name of a file may be of bytes that are no text, and a locale may lack letters of ours.
    encoding = before.encoding if before is not None else "utf-8"
    raw = _Written(fd, NAMES[fd - 1])
    lines = fd != 1 or raw.isatty()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=lines)
