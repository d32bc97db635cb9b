# SPDX-License-Identifier: ISC
"""What happens to files that are kept: each does it to one, where it lies."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "a file").write_text("in the way\n")


def _gone(path: Path) -> None:
    path.unlink()


#: By name.
OF_A_FILE: Final[Mapping[str, Callable[[Path], None]]] = {
    "cut off": _cut,
    "a bit flipped": _flip,
    "empty": _empty,
    "a folder": _folder,
    "gone": _gone,
}


def half_gone(folder: Path) -> None:
    """Remove every second file and folder of a folder."""
    for path in sorted(folder.iterdir())[::2]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def replaced_by_a_file(folder: Path) -> None:
    """Put a file in a folder's place."""
    shutil.rmtree(folder)
    folder.write_text("in the way\n")
