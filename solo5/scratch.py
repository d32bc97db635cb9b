# SPDX-License-Identifier: ISC
"""Folders and files that exist only while we work, and whose they are.

Each carries its owner in its name: a process, told from later ones with the
same number by its start. What a killed process left behind, the next start
finds and removes (`sweep`); what belongs to a live one is never touched.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from solo5.errors import ToolMissingError, naming

_PREFIX: Final = "solo5-"
#: An owner, as it stands in names: process namespace, process, start.
_OWNER: Final = re.compile(r"\d+\.\d+\.\d+")
#: Field 22 of /proc/PID/stat, counted behind the program's name (proc(5)).
_START_FIELD: Final = 19


def owner() -> str:
    """Return this process as a text that stands in names."""
    return f"{_namespace()}.{os.getpid()}.{_start_of(os.getpid())}"


def is_left(name: str) -> bool:
    """Tell whether a name holds an owner who is dead.

    Of a process in another namespace nothing is known: it counts as alive.
    """
    found = _OWNER.search(name)
    if found is None:
        return False
    namespace, pid, start = map(int, found.group().split("."))
    return namespace == _namespace() and _start_of(pid) != start


def is_ours(name: str) -> bool:
    """Tell whether a temporary file or folder of this name is of this program, of any process."""
    return name.startswith(_PREFIX)


def _namespace() -> int:
    return Path("/proc/self/ns/pid").stat().st_ino


def _start_of(pid: int) -> int | None:
    """Return when a process began, ticks since the machine did; None: there is none, or only its remains."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name may hold spaces and parentheses.
    fields = said.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[_START_FIELD])


@contextlib.contextmanager
def folder(kind: str) -> Iterator[Path]:
    """Yield a new folder that goes with the block; `kind` says what for."""
    made = make_folder(kind)
    try:
        with naming(made):
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def make_folder(kind: str) -> Path:
    """Return a new folder, which the caller removes."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{kind}-{owner()}-", dir=_temporary()))


def _temporary() -> Path:
    """Return where temporary files go. Raises ToolMissingError if they can go nowhere."""
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as cause:
        message = f"{cause.strerror}: each is full, read-only or another user's; make room, or set TMPDIR to a folder"
        raise ToolMissingError(message) from cause


def path(kind: str) -> Path:
    """Return the name of a file that only this process uses, and removes."""
    return _temporary() / f"{_PREFIX}{kind}-{owner()}"


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the name of a file to write, which becomes `path` if the block succeeds.

    Whoever reads `path` sees the old content or the new, whole. Its folder
    must exist. A folder can be made so, too, where none is that holds anything.
    """
    # The file's name may already be as long as names can be.
    prefix = f".{path.name[:64]}."
    _sweep(path.parent, prefix)
    unfinished = path.with_name(f"{prefix}{owner()}")
    try:
        with naming(path):
            yield unfinished
        unfinished.replace(path)
    finally:
        _remove(unfinished)


def sweep() -> None:
    """Remove the folders that dead processes of this user left."""
    _sweep(_temporary(), _PREFIX)


def _sweep(within: Path, prefix: str) -> None:
    with contextlib.suppress(OSError):
        for path in within.iterdir():
            if path.name.startswith(prefix) and is_left(path.name):
                _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.lstat().st_uid != os.geteuid():
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
