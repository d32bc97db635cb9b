# SPDX-License-Identifier: ISC
"""A connected socket that is read until a deadline; what its two ends say to each other, their protocol knows."""

from __future__ import annotations

import socket
import time
from typing import Final

from solo5 import interrupt
from solo5.errors import DeadlineError, MachineError

_PIECE_BYTES: Final = 1 << 20


class Stream:
    """Bytes from a connected socket, which it owns."""

    def __init__(self, connection: socket.socket, peer: str) -> None:
        """`peer` names the other end in messages."""
        self.connection = connection
        self._peer = peer
        self._room = bytearray()

    def close(self) -> None:
        """Close the socket, which the other end sees."""
        self.connection.close()

    @property
    def has_some(self) -> bool:
        """Tell whether something has been read that was not taken yet."""
        return bool(self._room)

    def take(self, size: int, deadline: float) -> bytes:
        """Return the next `size` bytes.

        `deadline` is of time.monotonic(). Raises DeadlineError when it has
        passed, MachineError at the end of the stream.
        """
        while len(self._room) < size:
            self._read(deadline)
        return self._taken(size)

    def take_line(self, deadline: float) -> bytes:
        """Return the next line, with its end; raises the same."""
        while b"\n" not in self._room:
            self._read(deadline)
        return self._taken(self._room.index(b"\n") + 1)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._room[:size])
        del self._room[:size]
        return taken

    def _read(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError  # noqa: TRY301 - the same end as below
            self.connection.settimeout(left)
            with interrupt.waiting():
                piece = self.connection.recv(_PIECE_BYTES)
        except TimeoutError as cause:
            message = f"{self._peer}: no answer in time"
            raise DeadlineError(message) from cause
        except OSError as cause:
            message = f"{self._peer} went away: {cause}"
            raise MachineError(message) from cause
        if not piece:
            message = f"{self._peer} went away"
            raise MachineError(message)
        self._room += piece
