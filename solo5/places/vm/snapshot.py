# SPDX-License-Identifier: ISC
"""Where saved machines are kept, what tells one from another, and whether one is whole.

A saved machine is a folder of the cache: `ram`, which QEMU maps, and `state`, all
else of the machine, under a seal (solo5.kept). Its name has the hash of everything that went in: kernel, first
process, modules, QEMU, its firmware and its command line. What runs in the machine later is
no part of it and travels over the wire, so a new build of a guest needs no
new snapshot. How a machine is saved and restored, machine.py and qmp.py own.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import cache, kept
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

    def check(self) -> None:
        """Raise MachineError if the files are not as they were sealed."""
        wrong = kept.changed(self.folder)
        if wrong != ():
            message = f"{self.folder}: damaged: {', '.join(wrong or [kept.SEAL])}: not as it was written"
            raise MachineError(message)


def root() -> Path:
    """Return the folder of all saved machines, which may not exist yet."""
    return cache.root() / "vm"


def key(words: Sequence[str], files: Sequence[Path], content: bytes) -> str:
    """Return the hash of a command line, the identity of large files, and bytes.

    Of QEMU, its firmware and the kernel, path, size and time stand for the content.
    """
    facts = [kept.SEAL, *words]
    for file in files:
        status = file.stat()
        facts.append(f"{file.resolve()} {status.st_size} {status.st_mtime_ns}")
    digest = hashlib.sha256("\0".join(facts).encode())
    digest.update(b"\0\0")
    digest.update(content)
    return digest.hexdigest()[:16]


def find(which: Which) -> Snapshot | None:
    """Return the saved machine, if there is one, and note that it was used.

    Raises MachineError if it is damaged.
    """
    found = which.place
    if not found.folder.is_dir():
        return None
    if not os.access(found.ram, os.R_OK | os.W_OK) and found.ram.exists():
        # QEMU opens memory for writing, though it writes nothing to the file.
        return None
    found.check()
    try:
        os.utime(found.folder / kept.SEAL)
    except OSError:  # another user's
        return None
    return found


def remove(which: Which) -> None:
    """Remove one, if it is there; machines that run from it go on."""
    kept.remove(which.place.folder)


@contextlib.contextmanager
def making(which: Which) -> Iterator[Snapshot | None]:
    """Yield an empty place; on success it is sealed and kept, else it goes.

    None: another process is making one, or there is no room or right to.
    """
    try:
        cache.make()
        root().mkdir(exist_ok=True)
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
        what = f"saved machine of {which.arch}, {which.memory_mb} MiB"
        with cache.filling(which.place.folder, which.arch, what) as unfinished:
            yield Snapshot(unfinished)
        _forget_old(which.arch)


def _forget_old(arch: str) -> None:
    """Remove what has not been used for longest; the caller holds the lock."""
    named = re.compile(rf"{re.escape(arch)}-\d+-[0-9a-f]+")
    found = [path for path in root().iterdir() if named.fullmatch(path.name)]
    for path in sorted(found, key=kept.used)[:-KEPT]:
        kept.remove(path)
