# SPDX-License-Identifier: ISC
"""Where saved machines are kept, what tells one from another, and whether one is whole.

A saved machine is a folder of the cache: `ram`, which QEMU maps, `state`, all
else of the machine, and `seal.json`, which says how both were when they were
written. Its name has the hash of everything that went in: kernel, first
process, modules, QEMU, its firmware and its command line. What runs in the machine later is
no part of it and travels over the wire, so a new build of a guest needs no
new snapshot. How a machine is saved and restored, machine.py and qmp.py own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from solo5 import cache
from solo5.errors import MachineError

#: So many are kept of an architecture, the last used ones: for the matrix,
#: for `solo5 run` with its larger memory, and for a second working tree.
KEPT: Final = 3
#: Room that must be left on the disk when a machine has written all its memory.
_ROOM_BYTES: Final = 256 << 20


@dataclass(frozen=True)
class Which:
    """What a saved machine is found by."""

    arch: str
    memory_mb: int
    key: str

    @property
    def place(self) -> Snapshot:
        """Where it is."""
        return Snapshot(root() / f"{self.arch}-{self.memory_mb}-{self.key}")


@dataclass(frozen=True)
class Snapshot:
    """A place for a saved machine; whether there is one, `check` tells."""

    folder: Path

    @property
    def ram(self) -> Path:
        """The machine's memory."""
        return self.folder / "ram"

    @property
    def state(self) -> Path:
        """Everything else of the machine."""
        return self.folder / "state"

    @property
    def _seal(self) -> Path:
        return self.folder / "seal.json"

    def _facts(self) -> dict[str, Any]:
        """Return what a change of the files changes.

        Reading the whole memory would take longer than all the rest; its size
        and time tell of every write by others. The state is small.
        """
        ram = self.ram.stat()
        state = hashlib.sha256(self.state.read_bytes()).hexdigest()
        return {"ram": [ram.st_size, ram.st_mtime_ns], "state": state}

    def seal(self) -> None:
        """Say that both files are complete; nobody writes to them any more."""
        self._seal.write_text(json.dumps(self._facts()))

    def check(self) -> None:
        """Raise MachineError or OSError if the files are not as they were sealed."""
        try:
            sealed = json.loads(self._seal.read_text())
        except ValueError as cause:
            message = f"{self._seal}: damaged"
            raise MachineError(message) from cause
        if sealed != self._facts():
            message = f"{self.folder}: damaged: it is not as it was written"
            raise MachineError(message)


def root() -> Path:
    """Return the folder of all saved machines, which may not exist yet."""
    return cache.root() / "vm"


def key(words: Sequence[str], files: Sequence[Path], content: bytes) -> str:
    """Return the hash of a command line, the identity of large files, and bytes.

    Of QEMU, its firmware and the kernel, path, size and time stand for the content.
    """
    facts = [*words]
    for file in files:
        status = file.stat()
        facts.append(f"{file.resolve()} {status.st_size} {status.st_mtime_ns}")
    digest = hashlib.sha256("\0".join(facts).encode())
    digest.update(b"\0\0")
    digest.update(content)
    return digest.hexdigest()[:16]


def find(which: Which) -> Snapshot | None:
    """Return the saved machine, if there is one, and note that it was used.

    Raises MachineError or OSError if it is damaged.
    """
    found = which.place
    try:
        os.utime(found.folder)
    except OSError:  # not there, or another user's
        return None
    if not os.access(found.ram, os.R_OK | os.W_OK) and found.ram.exists():
        # QEMU opens memory for writing, though it writes nothing to the file.
        return None
    found.check()
    return found


def remove(which: Which) -> None:
    """Remove one, if it is there; machines that run from it go on."""
    shutil.rmtree(which.place.folder, ignore_errors=True)


@contextlib.contextmanager
def making(which: Which) -> Iterator[Snapshot | None]:
    """Yield an empty place; on success it is sealed and kept, else it goes.

    None: another process is making one, or there is no room or right to.
    """
    try:
        root().mkdir(parents=True, exist_ok=True)
        lock = (root() / f"{which.arch}.lock").open("w")
    except OSError:
        yield None
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        if shutil.disk_usage(root()).free < (which.memory_mb << 20) + _ROOM_BYTES:
            yield None
            return
        remove(which)
        with cache.filling(which.place.folder, which.arch) as unfinished:
            place = Snapshot(unfinished)
            yield place
            place.seal()
        _forget_old(which.arch)


def _forget_old(arch: str) -> None:
    """Remove what has not been used for longest; the caller holds the lock."""
    named = re.compile(rf"{re.escape(arch)}-\d+-[0-9a-f]+")
    found = [path for path in root().iterdir() if named.fullmatch(path.name)]
    for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)
