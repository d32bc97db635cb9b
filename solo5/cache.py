# SPDX-License-Identifier: ISC
"""Where fetched files are kept, and how they get there whole.

A folder of the cache is either complete or absent: it is filled under another
name, sealed (solo5.kept) and then renamed. What is fetched, and from where,
others decide.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from solo5 import kept, ours, proc, progress
from solo5.errors import ToolMissingError, naming

#: Names the cache's folder instead of ~/.cache/solo5.
VARIABLE: Final = "SOLO5_CACHE"
#: So often whoever waits for another process looks again.
_RETRY_S: Final = 0.2


def root() -> Path:
    """Return the cache's folder, which may not exist yet; always absolute."""
    chosen = os.environ.get(VARIABLE, "")
    try:
        return Path(chosen).absolute() if chosen else Path.home() / ".cache" / "solo5"
    except RuntimeError as cause:
        message = f"no folder to keep fetched packages in: this user has no home; set {VARIABLE} to a folder"
        raise ToolMissingError(message) from cause


def known() -> Path | None:
    """Return the cache's folder, for who only looks whether something is there; None: this user has no home."""
    try:
        return root()
    except ToolMissingError:
        return None


def make() -> Path:
    """Make the cache's folder if need be, and return it; nobody removes anything of it now. Raises OSError."""
    folder = root()
    ours.make(folder, by_itself=not os.environ.get(VARIABLE))
    return folder


@contextlib.contextmanager
def locked(name: str) -> Iterator[Path]:
    """Keep other processes that want the same waiting; yield the cache's folder.

    Whoever comes second finds the work done. The lock goes with the process
    that holds it, however that ends.
    """
    folder = root()
    try:
        make()
        lock = (folder / f"{name}.lock").open("w")
    except OSError as cause:
        message = f"{folder}: cannot keep fetched packages here: {cause.strerror}; set {VARIABLE} to a folder"
        raise ToolMissingError(message) from cause
    with lock:
        if not _try(lock):
            progress.say(f"waiting for another process that fetches {name}")
            # A thread that waits in flock(2) could not be ended.
            while not _try(lock):
                proc.pause(_RETRY_S)
        yield folder


def _try(lock: IO[str]) -> bool:
    """Lock a file, if nobody else has; tell whether it is so."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def passing(within: Path, scope: str) -> Iterator[Path]:
    """Yield an empty folder that goes with the block.

    The caller holds a lock for `scope`, so older folders of the same scope
    belong to nobody and are removed.
    """
    prefix = f".unfinished-{scope}-"
    for stale in within.glob(f"{prefix}*"):
        kept.remove(stale)
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=within))
    try:
        with naming(within):
            yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextlib.contextmanager
def filling(folder: Path, scope: str, what: str) -> Iterator[Path]:
    """Yield an empty folder; on success it becomes `folder`, whatever that was, on failure it goes.

    `what`: what people call it. For `scope`, see `passing`.
    """
    with passing(folder.parent, scope) as unfinished:
        # mkdtemp's own mode would keep other users out of a shared cache.
        unfinished.chmod(0o755)
        yield unfinished
        kept.seal(unfinished, what)
        before = unfinished.with_name(f"{unfinished.name}-before")
        if folder.is_symlink() or folder.exists():
            folder.rename(before)
        unfinished.rename(folder)
        kept.remove(before)
