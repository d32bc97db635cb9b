# SPDX-License-Identifier: ISC
"""A job, and how it ended: the values that places and tests exchange.

A job is one program with its files and network devices, run in a folder and
a network of its own. The same job runs on this host or in a virtual machine;
who runs it, solo5.places decides; what it means is the caller's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from solo5.agent.output import left_out_line

__all__ = ["Job", "OnOutput", "Outcome", "Place", "Sink", "Source", "Stdin", "Stream", "Tap", "Truncation", "Window"]

#: What is behind the program's standard output: a pipe to us, a device that
#: has no room (/dev/full), or no descriptor at all.
Sink = Literal["pipe", "full", "closed"]


@dataclass(frozen=True)
class Window:
    """The size of a terminal's window, in characters."""

    rows: int
    columns: int


#: What a job writes: the program's two, and all that its peer says.
Stream = Literal["stdout", "stderr", "peer"]

#: What is behind the program's standard input: nothing, a pipe from us, or a
#: terminal of that size, which its standard output and error are then, too.
Stdin = Literal["nothing", "pipe"] | Window


@dataclass(frozen=True)
class Tap:
    """A tap device that exists while the job runs, up and without addresses.

    In the job's argv, `{tap:NAME}` stands for it: its name, or, with
    `as_fd`, `@N` for a descriptor N that the program inherits.
    """

    name: str
    mtu: int = 1500
    as_fd: bool = False


@dataclass(frozen=True)
class Truncation:
    """Cut a file to zero bytes once the program has written `text`."""

    text: str
    path: str


@dataclass(frozen=True)
class Job:
    """One run of one program. Paths are of the place; cwd is a new folder."""

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Files put into the folder first: path in it, content."""
    blanks: Mapping[str, int] = field(default_factory=dict)
    """Sparse files made in the folder: path in it, size in bytes."""
    fetch: tuple[str, ...] = ()
    """Files of the folder that come back in the outcome."""
    folder_bytes: int | None = None
    """Room in the folder; None: as much as the place has."""
    taps: tuple[Tap, ...] = ()
    peer: tuple[str, ...] = ()
    """A second program, run beside the first one; empty: none."""
    stdin: Stdin = "nothing"
    stdout: Sink = "pipe"
    personality: int = 0
    """Flags for personality(2), set before the program starts."""
    truncation: Truncation | None = None
    deadline_s: float = 10.0


@dataclass(frozen=True)
class Outcome:
    """How a job ended. Exactly one of status, signal and timed_out is set."""

    status: int | None
    signal: str | None
    """Name, as in SIGSEGV."""
    syscall: str | None
    """With SIGSYS: the name of the refused call, or its number as text."""
    address: int | None
    """With SIGSEGV and SIGBUS: the address that was touched."""
    timed_out: bool
    seconds: float
    """Start to exit, as the place measured it."""
    stdout: bytes
    """As solo5.agent.output keeps it, and so are the other two."""
    stderr: bytes
    files: Mapping[str, bytes]
    peer_status: int | None = None
    """Exit status of the peer, 128 + signal if killed; None: had no peer."""
    peer_output: bytes = b""
    left_out: Mapping[Stream, int] = field(default_factory=dict)
    """How many bytes of a stream are left out; one of which all is here is not in it."""

    def written(self, stream: Stream) -> int:
        """Return how many bytes were written to a stream, all told."""
        kept = {"stdout": self.stdout, "stderr": self.stderr, "peer": self.peer_output}[stream]
        left_out = self.left_out.get(stream, 0)
        return len(kept) - len(left_out_line(left_out)) + left_out

    def describe(self) -> str:
        """Say in a few words how it ended."""
        if self.timed_out:
            return "timed out"
        if self.signal is None:
            return f"status {self.status}"
        if self.syscall is not None:
            return f"{self.signal} (system call {self.syscall})"
        if self.address is not None:
            return f"{self.signal} (address {self.address:#x})"
        return self.signal


class OnOutput(Protocol):
    """Called with each piece of output while the job runs."""

    def __call__(self, stream: Stream, piece: bytes) -> None:
        """Take one piece."""


class Source(Protocol):
    """Where a running job's standard input comes from, piece by piece."""

    def fds(self, *, more: bool) -> Sequence[int]:
        """Return the descriptors to wait for; without `more`, those that bring no input."""

    def take(self, fd: int) -> bytes | Window:
        """Return what a readable descriptor brings: input (empty: its end), or a terminal's new size."""


class Place(Protocol):
    """Somewhere jobs run, one at a time: this host, or a virtual machine.

    The files it was opened with are below `/` of every job. A guest can never
    break a place; if the place itself breaks, `run` raises MachineError.
    """

    name: str
    """For messages and reports, as in `host` or `vm`."""

    def run(self, job: Job, on_output: OnOutput | None = None, source: Source | None = None) -> Outcome:
        """Run one job to its end or its deadline. `source`: of a job with standard input."""

    def close(self) -> None:
        """End it and everything in it; safe to call twice."""
