# SPDX-License-Identifier: ISC
"""The two folders that hold what we keep, build and cache: known as ours, and in use or not.

A variable can make them any folder. One that was new or empty when we began to
use it, or that is where they are by themselves, gets a tag (the convention of
https://bford.info/cachedir/, which backups know, too). Only in one with a tag
anything is ever removed. Who uses one holds a lock on the folder itself for as
long as its process lives; who removes needs it alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import kept, proc, progress, selecting
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import BUILD_VARIABLE, Tree, tree

TAG: Final = "CACHEDIR.TAG"
_TAG_TEXT: Final = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder is solo5's: what is in it can be made again. `solo5 clean` and `solo5 cache` remove it.
"""
#: So often whoever waits for one that removes looks again.
_RETRY_S: Final = 0.1
#: Of files beside a folder that belong to it: a lock, and what Meson was told.
_BESIDE: Final = (".lock", ".ini")
#: Of st_blocks (stat(2)).
_BLOCK_BYTES: Final = 512
#: By folder, what keeps it locked: device and inode, since a path can come to be another folder.
_HELD: Final[dict[tuple[int, int], int]] = {}


def make(root: Path, *, by_itself: bool) -> None:
    """Make a root if need be, tag it if it is ours, and hold it. Raises OSError.

    `by_itself`: no variable has named it.
    """
    root.mkdir(parents=True, exist_ok=True)
    if not (root / TAG).exists() and ((by_itself and not root.is_symlink()) or not any(root.iterdir())):
        with contextlib.suppress(OSError):  # another user's
            (root / TAG).write_text(_TAG_TEXT)
    hold(root)


def make_build_root(of: Tree) -> None:
    """Make a tree's build root; the same otherwise."""
    make(of.build_root, by_itself=not os.environ.get(BUILD_VARIABLE))


def hold(root: Path) -> None:
    """Keep others from removing anything in a root, if it is there, until this process ends."""
    try:
        held = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    key = _key(held)
    if key in _HELD:
        os.close(held)
        return
    _HELD[key] = held
    said = False
    while not _try(held, fcntl.LOCK_SH):
        if not said:
            progress.say(f"waiting for another solo5 that removes things of {root}")
        said = True
        proc.pause(_RETRY_S)


def claim(root: Path) -> None:
    """Have a root alone until this process ends.

    Raises UsageError if it is not ours, and ToolMissingError if others use it.
    """
    check(root)
    hold(root)
    held = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    key = _key(held)
    os.close(held)
    if not _try(_HELD[key], fcntl.LOCK_EX):
        message = f"{root}: another solo5 uses it; nothing is removed; wait until that has ended"
        raise ToolMissingError(message)


def check(root: Path) -> None:
    """Raise UsageError if there is something in a root, and it is not ours."""
    refused = _refusal(root) if root.is_dir() and any(root.iterdir()) else ""
    if refused:
        message = f"{root}: {refused}; nothing is removed"
        raise UsageError(message)


def _refusal(root: Path) -> str:
    """Return why nothing may be removed from a folder; empty: nothing speaks against it."""
    real = root.resolve()
    matters = {"solo5 itself": tree().root}
    with contextlib.suppress(RuntimeError):  # there is none
        matters["this user's home"] = Path.home()
    for what, path in matters.items():
        if path.resolve().is_relative_to(real):
            return f"it holds {what}"
    if not (root / TAG).is_file() or not (root / TAG).read_text(errors="replace").startswith(_TAG_TEXT.splitlines()[0]):
        return f"it was not made by solo5, which would have left a {TAG} there"
    return ""


def _key(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


def _try(fd: int, how: int) -> bool:
    try:
        fcntl.flock(fd, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some file systems have no locks of folders: there one can work, and remove nothing.
        return how == fcntl.LOCK_SH
    return True


@dataclass(frozen=True)
class Entry:
    """One thing of a root."""

    path: Path
    name: str
    """Its path below the root."""
    what: str
    """What people call it; empty: nobody has said, as there is no seal."""
    size_bytes: int
    """That it takes on the disk."""
    used: float
    """When it was last used, or else changed."""

    def line(self, width: int) -> str:
        """Return it as a line of a table; `width` is that of the longest name."""
        day = time.strftime("%Y-%m-%d", time.localtime(self.used))
        return f"{size_text(self.size_bytes):>9}  {day}  {self.name:{width}}  {self.what}".rstrip()


def size_text(size_bytes: int) -> str:
    """Return a size as people read it, MiB."""
    return f"{size_bytes / (1 << 20):.1f} MiB"


def entries(root: Path) -> tuple[Entry, ...]:
    """Return what a root holds, without tag, locks, and settings beside a folder; of a folder of sealed ones, those."""
    return tuple(_entries(root, "")) if root.is_dir() else ()


def _entries(folder: Path, below: str) -> Iterator[Entry]:
    for path in sorted(folder.iterdir()):
        name = f"{below}{path.name}"
        if path.name == TAG or path.suffix in _BESIDE:
            continue
        # What another solo5 has just removed is none.
        with contextlib.suppress(FileNotFoundError):
            is_folder = path.is_dir() and not path.is_symlink()
            what = kept.what(path) if is_folder else ""
            if is_folder and not what and any(any(path.glob(f"{depth}/{kept.SEAL}")) for depth in ("*", "*/*")):
                yield from _entries(path, f"{name}/")
            else:
                used = kept.used(path) if what else path.lstat().st_mtime
                yield Entry(path, name, what, _size(path), used)


def _size(path: Path) -> int:
    """Return the bytes that a file or a folder takes on the disk."""
    with contextlib.suppress(OSError):
        size = path.lstat().st_blocks * _BLOCK_BYTES
        if path.is_dir() and not path.is_symlink():
            size += sum(_size(each) for each in path.iterdir())
        return size
    return 0


def choose(found: Sequence[Entry], patterns: Sequence[str]) -> list[Entry]:
    """Return those whose names fit one of some patterns of solo5.selecting. Raises UsageError: one fits none."""
    return list(selecting.chosen("name", patterns, found, lambda each: (each.name,)))


def show(found: Sequence[Entry]) -> None:
    """Print a table of things, and their sum."""
    width = max((len(each.name) for each in found), default=0)
    for each in found:
        print(each.line(width))
    print(f"{size_text(sum(each.size_bytes for each in found)):>9}  in all")


def remove(root: Path, chosen: Sequence[Entry]) -> None:
    """Remove things of a root, each with what lies beside it, once nobody uses it. For errors, see `claim`."""
    claim(root)
    for each in chosen:
        kept.remove(each.path)
        if os.path.lexists(each.path):
            message = f"{each.path}: cannot be removed; see whose it is (ls -ldR), and give this user the right to it"
            raise ToolMissingError(message)
        for suffix in _BESIDE:
            kept.remove(each.path.with_name(f"{each.path.name}{suffix}"))
        with contextlib.suppress(OSError):  # others are in it
            if each.path.parent != root:
                each.path.parent.rmdir()
        print(f"removed {each.name}: {size_text(each.size_bytes)}")
