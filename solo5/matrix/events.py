# SPDX-License-Identifier: ISC
"""What happens during a run, told by those who run cases to the one who shows it.

Datagrams on a Unix socket, each one JSON object: whoever runs cases may be
several processes that share nothing else. Telling is a favour: if nobody
listens any more, or the listener is slow, the run goes on.

    {"kind": "chosen", "cells": {CELL: number of items}}
    {"kind": "begun", "worker", "name", "cell"}
    {"kind": "place", "worker", "text"}: a place is being opened
    {"kind": "said", "worker", "text"}: the last line of output so far
    {"kind": "ended", "worker", "name", "cell", "ending", "detail"}
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from solo5.agent.job import Stream

Event = dict[str, Any]

_MOST_BYTES: Final = 4096
_PATIENCE_S: Final = 0.5
#: A guest that writes much tells of it this often at most.
_LINE_S: Final = 0.1
_LINE_CHARACTERS: Final = 200


@contextlib.contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """Yield a name for a socket's path that fits into its address (107 bytes, unix(7)), however long it is."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class Teller:
    """The end of a process that runs cases."""

    def __init__(self, path: str | None) -> None:
        """`path`: the listener's socket; None: nobody listens."""
        self._worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self._last_line = 0.0
        self._socket: socket.socket | None = None
        if path is not None:
            with contextlib.suppress(OSError):
                made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                made.settimeout(_PATIENCE_S)
                with _reachable(Path(path)) as name:
                    made.connect(name)
                self._socket = made

    def tell(self, kind: str, **values: object) -> None:
        """Send an event."""
        if self._socket is None:
            return
        message = json.dumps({"kind": kind, "worker": self._worker, **values}).encode()
        with contextlib.suppress(OSError):
            self._socket.send(message[:_MOST_BYTES])

    def said(self, stream: Stream, piece: bytes) -> None:
        """Tell the last line of a piece of output, if the last such event is a while ago."""
        now = time.monotonic()
        del stream  # the last line is the last, whatever wrote it
        if self._socket is None or now - self._last_line < _LINE_S:
            return
        lines = piece.decode(errors="replace").strip().splitlines()
        if lines:
            self._last_line = now
            self.tell("said", text=lines[-1][:_LINE_CHARACTERS])


@contextlib.contextmanager
def listening(path: Path, take: Callable[[Event], None]) -> Iterator[None]:
    """Listen at a path, which may not exist yet; `take` gets each event, in another thread."""
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with _reachable(path) as name:
        receiver.bind(name)

    def listen() -> None:
        while message := receiver.recv(_MOST_BYTES):
            # One that was cut is no JSON.
            with contextlib.suppress(ValueError):
                take(json.loads(message))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield
    finally:
        # An empty datagram ends it, behind all that came before.
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
            sender.settimeout(_PATIENCE_S)
            with _reachable(path) as name:
                sender.sendto(b"", name)
            thread.join(_PATIENCE_S)
        receiver.close()
        path.unlink(missing_ok=True)
