# SPDX-License-Identifier: ISC
"""Our own host as a place: namespaces of their own for all its jobs.

The same solo5-init that runs a virtual machine is the first process of new
network, mount and process namespaces. When it goes, the kernel takes all that
was in them: taps, files, processes.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, Self

from solo5 import interrupt, proc
from solo5.agent import protocol
from solo5.agent.job import Job, OnOutput, Outcome, Source
from solo5.agent.syscalls import syscall_name
from solo5.errors import DeadlineError, MachineError, Solo5Error
from solo5.facts import Arch

_START_DEADLINE_S: Final = 20.0
_END_DEADLINE_S: Final = 10.0


PROGRAM: Final = "unshare"
#: Starts a program as the first process of new namespaces.
_UNSHARE: Final = (PROGRAM, "--net", "--mount", "--pid", "--fork", "--kill-child")
_PROBE_DEADLINE_S: Final = 10.0


@functools.cache
def obstacle() -> str | None:
    """Return why this host lets us make no namespaces; None: it does. Found by trying."""
    try:
        done = proc.run([*_UNSHARE, "true"], deadline_s=_PROBE_DEADLINE_S)
    except Solo5Error as cause:
        return str(cause)
    if done.returncode == 0:
        return None
    said = done.stderr.decode(errors="replace").strip().splitlines() or ["unshare: refused"]
    return said[-1]


class Host:
    """Namespaces on this host; a Place. Made by `start`, ended by `close`."""

    def __init__(
        self, name: str, arch: Arch, wire: protocol.Wire, process: subprocess.Popen[bytes], said: IO[bytes]
    ) -> None:
        self.name = name
        self._arch = arch
        self._wire = wire
        self._process = process
        self._said = said

    @classmethod
    def start(
        cls, name: str, arch: Arch, agent: Path, files: Mapping[str, Path | bytes], shown: Sequence[Path] = ()
    ) -> Self:
        """Make the namespaces, put `files` into them and wait for solo5-init.

        `name` is for messages; `arch` is this host's; `shown` are folders of
        its root that jobs can read.

        Raises MachineError, with what it said, if the host does not let us.
        """
        ours, theirs = socket.socketpair()
        said = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the place
        with theirs:
            words: list[str | Path] = [*_UNSHARE, agent, "--host", str(theirs.fileno()), *shown]
            process = proc.spawn(words, stdout=said, stderr=said, pass_fds=[theirs.fileno()])
        place = cls(name, arch, protocol.Wire(ours), process, said)
        try:
            place._wait_ready()
            for path, content in files.items():
                data = content.read_bytes() if isinstance(content, Path) else content
                place._wire.send(protocol.install_frame(f"/{path.lstrip('/')}", data))
        except BaseException:
            place.close()
            raise
        return place

    def _wait_ready(self) -> None:
        try:
            self._wire.receive(time.monotonic() + _START_DEADLINE_S)
        except (MachineError, DeadlineError) as cause:
            raise self._explained(cause) from cause

    def _explained(self, cause: Solo5Error) -> MachineError:
        self._said.seek(0)
        last = self._said.read().decode(errors="replace").strip().splitlines()[-1:]
        return MachineError(f"{self.name}: {cause}{': ' if last else ''}{''.join(last)}")

    def run(self, job: Job, on_output: OnOutput | None = None, source: Source | None = None) -> Outcome:
        """Run one job; see Place."""

        def name(number: int) -> str:
            return syscall_name(self._arch, number)

        try:
            return protocol.run(self._wire, job, name, on_output, source)
        except MachineError as cause:
            raise self._explained(cause) from cause

    def close(self) -> None:
        """End all that runs in it; safe to call twice."""
        self._wire.close()
        # It ends when its wire does, and all that runs in it with it.
        with interrupt.undisturbed(), contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_DEADLINE_S)
        proc.end(self._process)
        with contextlib.suppress(OSError):
            self._said.close()
