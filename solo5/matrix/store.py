# SPDX-License-Identifier: ISC
"""The content that a plan speaks of: files found by their hash.

A plan names content by SHA-256 only. Here, on the machine that made it, the
store is a folder with one entry for each: bytes, or a link to a built file.
"""

from __future__ import annotations

from pathlib import Path

from solo5 import digest
from solo5.errors import BuildError

#: Stands for the hash of a file that is not built yet.
ABSENT = ""


class Store:
    """Content by hash, gathered while a plan is made."""

    def __init__(self) -> None:
        self._content: dict[str, bytes | Path] = {}

    def put(self, content: bytes | Path) -> str:
        """Keep some bytes, or where a file is; return the hash, ABSENT if there is no such file."""
        found = digest.of_bytes(content) if isinstance(content, bytes) else digest.of_file(content)
        if found is None:
            return ABSENT
        self._content[found] = content
        return found

    def write(self, folder: Path) -> None:
        """Make the folder that `read` and `path` look into."""
        folder.mkdir()
        for name, content in self._content.items():
            if isinstance(content, bytes):
                (folder / name).write_bytes(content)
            else:
                (folder / name).symlink_to(content)


def path(folder: Path, sha256: str, what: str) -> Path:
    """Return a file of a store. Raises BuildError if it is not what it was; `what` names it."""
    found = folder / sha256
    if sha256 == ABSENT:
        message = f"{what}: not built"
        raise BuildError(message)
    if digest.of_file(found) != sha256:
        message = f"{what}: has changed since the run began, or is gone; run it again"
        raise BuildError(message)
    return found


def read(folder: Path, sha256: str, what: str) -> bytes:
    """Return a file's content; the same otherwise."""
    return path(folder, sha256, what).read_bytes()
