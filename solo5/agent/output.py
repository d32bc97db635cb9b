# SPDX-License-Identifier: ISC
"""What is kept of a job's output: all of it, or, of more than MOST_BYTES, its beginning and its end.

In between then stands a line that says how much is left out. So a job that
writes without end costs no more memory than that.
"""

from __future__ import annotations

import collections
from typing import Final

#: Of each stream: standard output, standard error, and the peer's.
MOST_BYTES: Final = 4 << 20


def left_out_line(count: int) -> bytes:
    """Return what stands where so many bytes are left out; nothing if that is none."""
    return b"\n[... %d bytes are left out here ...]\n" % count if count else b""


class Output:
    """One stream, piece by piece."""

    def __init__(self, most: int | None = None) -> None:
        """Keep `most` bytes; None: MOST_BYTES."""
        self._half = (MOST_BYTES if most is None else most) // 2
        self._begin = bytearray()
        self._end: collections.deque[bytes] = collections.deque()
        self._end_size = 0
        self._dropped = 0

    def take(self, piece: bytes) -> None:
        """Take what comes next."""
        room = self._half - len(self._begin)
        self._begin += piece[:room]
        if len(piece) <= room:
            return
        self._end.append(piece[room:])
        self._end_size += len(self._end[-1])
        while self._end_size - len(self._end[0]) >= self._half:
            gone = len(self._end.popleft())
            self._end_size -= gone
            self._dropped += gone

    @property
    def left_out(self) -> int:
        """How many bytes are not in `content`."""
        return self._dropped + max(0, self._end_size - self._half)

    def content(self) -> bytes:
        """Return what is kept."""
        end = b"".join(self._end)
        return b"".join((self._begin, left_out_line(self.left_out), end[max(0, len(end) - self._half) :]))
