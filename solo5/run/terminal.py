# SPDX-License-Identifier: ISC
"""Our own standard input, as the source of a running job's.

A user's terminal becomes the job's: every key goes there as it is, Ctrl-C
included, and the size follows the window.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import termios
import tty
from collections.abc import Iterator
from typing import Final

from solo5.agent.job import Window

#: Ctrl-], which ends the job whatever it does; telnet's.
ESCAPE: Final = b"\x1d"
_PIECE_BYTES: Final = 4096
_STDIN: Final = 0
_STDOUT: Final = 1


class Pipe:
    """Standard input that is a file or a pipe; a Source."""

    def __init__(self) -> None:
        self._ended = False

    def fds(self, *, more: bool) -> list[int]:
        """See Source."""
        return [_STDIN] if more and not self._ended else []

    def take(self, fd: int) -> bytes:
        """See Source."""
        piece = os.read(fd, _PIECE_BYTES)
        self._ended = not piece
        return piece


class Terminal:
    """The user's terminal; a Source."""

    def __init__(self, resized: socket.socket) -> None:
        self._resized = resized

    def fds(self, *, more: bool) -> list[int]:
        """See Source."""
        return [self._resized.fileno(), *([_STDIN] if more else [])]

    def take(self, fd: int) -> bytes | Window:
        """See Source. Raises KeyboardInterrupt at Ctrl-], and at the terminal's end."""
        if fd == self._resized.fileno():
            self._resized.recv(_PIECE_BYTES)
            return window()
        piece = os.read(fd, _PIECE_BYTES)
        if not piece or ESCAPE in piece:
            raise KeyboardInterrupt
        return piece


def is_terminal() -> bool:
    """Tell whether someone sits there."""
    return os.isatty(_STDIN) and os.isatty(_STDOUT)


def window() -> Window:
    """Return the size of the terminal."""
    columns, rows = os.get_terminal_size(_STDIN)
    return Window(rows, columns)


@contextlib.contextmanager
def raw() -> Iterator[Terminal]:
    """Let all keys come as they are; the terminal is then as it was before."""
    before = termios.tcgetattr(_STDIN)
    resized, noted = socket.socketpair()
    with resized, noted:
        noted.setblocking(False)

        def note(_number: int, _frame: object) -> None:
            with contextlib.suppress(BlockingIOError):
                noted.send(b"\0")

        handler = signal.signal(signal.SIGWINCH, note)
        try:
            tty.setraw(_STDIN)
            yield Terminal(resized)
        finally:
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, before)
            signal.signal(signal.SIGWINCH, handler)
