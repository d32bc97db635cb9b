# SPDX-License-Identifier: ISC
"""Speaks with solo5-init: frames as in agent/wire.h, jobs in, outcomes out."""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from solo5 import interrupt
from solo5 import stream as streams
from solo5.agent.job import Job, OnOutput, Outcome, Source, Stdin, Stream, Window
from solo5.agent.output import Output
from solo5.errors import DeadlineError, MachineError

__all__ = ["ENTROPY_BYTES", "SLACK_S", "Wire", "frame", "install_frame", "job_frames", "run", "wake_frame"]

_HEAD: Final = struct.Struct("<BI")
_DONE: Final = struct.Struct("<6Q")
_NONE: Final = (1 << 64) - 1
_MAX_BYTES: Final = 64 << 20

#: What an answer may take beyond the job's own deadline, seconds.
SLACK_S: Final = 15.0

#: What a machine gets for its random numbers.
ENTROPY_BYTES: Final = 64

_SINKS: Final = {"pipe": 0, "full": 1, "closed": 2}
_STREAMS: Final[Mapping[bytes, Stream]] = {b"o": "stdout", b"e": "stderr", b"q": "peer"}


class Wire:
    """A stream of frames over a connected socket, which it owns."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = streams.Stream(connection, "the place")

    def close(self) -> None:
        """Close the socket; solo5-init sees the end and stops."""
        self._stream.close()

    def send(self, frames: bytes) -> None:
        """Send whole frames. Raises MachineError if nobody is there."""
        try:
            self._stream.connection.settimeout(SLACK_S)
            with interrupt.waiting():
                self._stream.connection.sendall(frames)
        except OSError as cause:
            message = f"the place went away: {cause}"
            raise MachineError(message) from cause

    def waits(self) -> bool:
        """Tell whether something has come that `receive` has not returned."""
        return self._stream.has_some or bool(select.select([self._stream.connection], [], [], 0)[0])

    def ready(self, fds: Sequence[int]) -> list[int]:
        """Wait until one of `fds` is readable, or something comes; return those of `fds` that are."""
        with interrupt.waiting():
            found, _, _ = select.select([self._stream.connection.fileno(), *fds], [], [])
        return [fd for fd in fds if fd in found]

    def receive(self, deadline: float) -> tuple[bytes, bytes]:
        """Return kind and content of the next frame.

        `deadline` is of time.monotonic(). Raises DeadlineError when it has
        passed, MachineError at the end of the stream or if it is damaged.
        """
        head = self._stream.take(_HEAD.size, deadline)
        kind, size = _HEAD.unpack(head)
        if size > _MAX_BYTES:
            message = f"the place spoke nonsense: a frame of {size} bytes"
            raise MachineError(message)
        return bytes([kind]), self._stream.take(size, deadline)


def frame(kind: bytes, *parts: bytes) -> bytes:
    """Return one frame."""
    content = b"".join(parts)
    return _HEAD.pack(kind[0], len(content)) + content


def _named(path: str, content: bytes) -> bytes:
    name = path.encode()
    return struct.pack("<H", len(name)) + name + content


def install_frame(path: str, content: bytes) -> bytes:
    """Return the frame that puts a file below / for all jobs."""
    return frame(b"i", _named(path, content))


def wake_frame(time_ns: int, entropy: bytes) -> bytes:
    """Return the frame that sets the clock (ns since 1970) and feeds the random numbers.

    The answer is a frame `R`. For machines only: on this host, the clock would be ours.
    """
    return frame(b"w", struct.pack("<Q", time_ns), entropy)


def job_frames(job: Job) -> Iterator[bytes]:
    """Return what tells solo5-init a job and runs it."""
    yield from (frame(b"a", word.encode()) for word in job.argv)
    yield from (frame(b"p", word.encode()) for word in job.peer)
    yield from (frame(b"f", _named(path, content)) for path, content in job.files.items())
    yield from (frame(b"b", struct.pack("<Q", size), path.encode()) for path, size in job.blanks.items())
    yield from (frame(b"g", path.encode()) for path in job.fetch)
    if job.folder_bytes is not None:
        yield frame(b"m", struct.pack("<Q", job.folder_bytes))
    for tap in job.taps:
        yield frame(b"t", struct.pack("<IB", tap.mtu, tap.as_fd), tap.name.encode())
    yield frame(b"n", _stdin(job.stdin))
    yield frame(b"s", bytes([_SINKS[job.stdout]]))
    yield frame(b"y", struct.pack("<I", job.personality))
    if job.truncation is not None:
        yield frame(b"c", _named(job.truncation.path, job.truncation.text.encode()))
    yield frame(b"d", struct.pack("<Q", int(job.deadline_s * 1e9)))
    yield frame(b"r")


def _stdin(stdin: Stdin) -> bytes:
    if isinstance(stdin, Window):
        return struct.pack("<BHH", 2, stdin.rows, stdin.columns)
    return struct.pack("<BHH", {"nothing": 0, "pipe": 1}[stdin], 0, 0)


def _typed(piece: bytes | Window) -> bytes:
    """Return the frame that brings a running job its input."""
    if isinstance(piece, Window):
        return frame(b"z", struct.pack("<HH", piece.rows, piece.columns))
    return frame(b"I", piece)


class _Feeding:
    """Passes on a source, one piece at a time: a job that does not read it must not stop the wire."""

    def __init__(self, wire: Wire, source: Source) -> None:
        self._wire = wire
        self._source = source
        self.hungry = True

    def until_answer(self) -> None:
        """Pass on what comes until the place says something."""
        while not self._wire.waits():
            fds = self._source.fds(more=self.hungry)
            for fd in self._wire.ready(fds):
                piece = self._source.take(fd)
                # The end is not read, so nobody says that it was.
                self.hungry = self.hungry and not (isinstance(piece, bytes) and piece)
                self._wire.send(_typed(piece))


def _signal_name(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


def run(
    wire: Wire,
    job: Job,
    syscall_name: Callable[[int], str],
    on_output: OnOutput | None = None,
    source: Source | None = None,
) -> Outcome:
    """Run one job to its end or its deadline.

    Raises MachineError if the place breaks, or cannot make what the job needs.
    """
    wire.send(b"".join(job_frames(job)))
    said = {name: Output() for name in _STREAMS.values()}
    files: dict[str, bytes] = {}
    deadline = time.monotonic() + job.deadline_s + SLACK_S
    feeding = None if source is None else _Feeding(wire, source)
    while True:
        if feeding is not None:
            feeding.until_answer()
        try:
            kind, content = wire.receive(deadline)
        except DeadlineError as cause:
            message = f"the place hangs: {cause}, {SLACK_S:.0f} s after the job's deadline"
            raise MachineError(message) from cause
        stream = _STREAMS.get(kind)
        if stream is not None:
            said[stream].take(content)
            if on_output is not None:
                on_output(stream, content)
        elif kind == b"T" and feeding is not None:
            feeding.hungry = True
        elif kind == b"F":
            size = int.from_bytes(content[:2], "little")
            files[content[2 : 2 + size].decode()] = content[2 + size :]
        elif kind == b"X":
            message = f"the place could not run the job: {content.decode(errors='replace')}"
            raise MachineError(message)
        elif kind == b"D" and len(content) == _DONE.size:
            return _outcome(_DONE.unpack(content), syscall_name, said, files)
        else:
            message = f"the place spoke nonsense: frame {kind!r} of {len(content)} bytes"
            raise MachineError(message)


def _outcome(
    done: tuple[int, ...],
    syscall_name: Callable[[int], str],
    said: Mapping[Stream, Output],
    files: dict[str, bytes],
) -> Outcome:
    end, code, call, address, elapsed_ns, peer = done
    return Outcome(
        status=code if end == 0 else None,
        signal=_signal_name(code) if end == 1 else None,
        syscall=syscall_name(call) if end == 1 and call != _NONE else None,
        address=None if address == _NONE else address,
        timed_out=end not in {0, 1},
        seconds=elapsed_ns / 1e9,
        stdout=said["stdout"].content(),
        stderr=said["stderr"].content(),
        files=files,
        peer_status=None if peer == _NONE else peer,
        peer_output=said["peer"].content(),
        left_out={name: output.left_out for name, output in said.items() if output.left_out},
    )
