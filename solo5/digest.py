# SPDX-License-Identifier: ISC
"""SHA-256 of files and bytes, as text; a file is read again only once it has changed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from pathlib import Path


def of_bytes(content: bytes) -> str:
    """Return the digest of some bytes."""
    return hashlib.sha256(content).hexdigest()


def of_texts(texts: Iterable[str]) -> str:
    """Return one digest of several texts, in order."""
    return of_bytes("\0".join(texts).encode())


def of_file(path: Path) -> str | None:
    """Return the digest of a file; None: it is not there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return _of_state(path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@functools.cache
def _of_state(path: Path, _inode: int, _size: int, _written: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
