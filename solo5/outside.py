# SPDX-License-Identifier: ISC
"""What of the world around us fails, and is no bug of ours: no room, no right, a limit; told in one line.

Known by the error's number, wherever it happens. Who expects an error says more about it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from solo5 import cache, scratch
from solo5.errors import ToolMissingError
from solo5.facts import BUILD_VARIABLE, tree

__all__ = ["complaint", "explained", "instead", "place", "telling"]

_ROOM: Final = "make room there"
_RIGHT: Final = "see whose it is (ls -ld), and give this user the right to it"
_OTHER: Final = "something else has its place: move that away"
_LIMIT: Final = "end other programs, or raise the limit"
#: What to do, by the error's number.
_STEPS: Final[Mapping[int, str]] = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: f"{_LIMIT} (ulimit -f)",
    errno.EROFS: "make it writable",
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EEXIST: _OTHER,
    errno.EISDIR: _OTHER,
    errno.ENOTDIR: _OTHER,
    errno.ENOTEMPTY: _OTHER,
    errno.ELOOP: _OTHER,
    errno.ETXTBSY: "end the program that runs from it",
    errno.EBUSY: "end what uses it",
    errno.EIO: "the device fails: see what the kernel says (dmesg)",
    errno.ENAMETOOLONG: "work in a folder with a shorter name",
    errno.EMFILE: f"{_LIMIT} (ulimit -n)",
    errno.ENFILE: f"{_LIMIT} (sysctl fs.file-max)",
    errno.ENOMEM: f"{_LIMIT} (ulimit -v)",
    errno.EAGAIN: f"{_LIMIT} (ulimit -u)",
}
#: These are about a process; all others are about a file, and without its name they are a bug.
_OF_PROCESSES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN})
_WORDS: Final = "|".join(re.escape(os.strerror(number)) for number in _STEPS if number != errno.EEXIST)
#: How programs that we start say the same, at the end of a line; GCC, when the kernel had no memory for it; and apt.
_SAID: Final = re.compile(
    rf"\b({_WORDS})['\")]?(?:: '.*'| \[IP: .*\])?$"
    r"|Killed signal terminated program|enough free space in "
)

_FILE: Final = re.compile(rf"(\S+): '?(?:{_WORDS})")
_LAST_FILE: Final = re.compile(r".*['\"](/[^'\"]*)['\"]")


def explained(error: BaseException) -> ToolMissingError | None:
    """Return the error as people are told it; None: it is none of the world around us."""
    if isinstance(error, MemoryError):
        error = OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    if not isinstance(error, OSError) or error.errno is None:
        return None
    name = error.filename2 or error.filename
    if error.errno == errno.ENOENT and name is None and not _has_folder():
        return ToolMissingError("the folder that this was started in is there no more; go to another one (cd)")
    step = _STEPS.get(error.errno)
    if step is None or (name is None and error.errno not in _OF_PROCESSES):
        return None
    if error.errno in _OF_PROCESSES:
        return ToolMissingError(f"{os.fsdecode(name or 'this process')}: {os.strerror(error.errno)}; {step}")
    place = os.fsdecode(name or "")
    return ToolMissingError(f"{place}: {os.strerror(error.errno)}; {step}{instead(place)}")


def _has_folder() -> bool:
    """Tell whether this process works in a folder; paths that are relative have no meaning without."""
    try:
        return bool(Path.cwd())
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Let an error of the block be raised as people are told it, if the world around us is to blame."""
    try:
        yield
    except (OSError, MemoryError) as error:
        known = explained(error)
        if known is None:
            raise
        raise known from error


def complaint(text: str) -> str | None:
    """Return the first line in which a program that we started says such a thing, if there is one."""
    return next((line.strip() for line in text.splitlines() if _SAID.search(line.strip())), None)


def place(line: str, folder: Path) -> Path:
    """Return the file that a complaint is about, of a program that works in a folder."""
    # As most say it, and as Python does, where what is written to comes last.
    named = _FILE.search(line) or _LAST_FILE.search(line)
    return folder / named[1] if named else folder


def instead(place: str | Path) -> str:
    """Say which variable names another folder than the one that a place is in."""
    found = [each for each in _folders() if _holds(each[0], Path(place))]
    if not found:
        return ""
    folder, variable = max(found, key=lambda each: len(each[0].parts))
    return f", or set {variable} to another folder than {shlex.quote(str(folder))}"


def _holds(folder: Path, place: Path) -> bool:
    """Tell whether a place is in a folder, and there because of us; temporary files of others are where they chose."""
    if not place.is_relative_to(folder):
        return False
    inner = place.relative_to(folder).parts
    return str(folder) != tempfile.gettempdir() or len(inner) <= 1 or scratch.is_ours(inner[0])


def _folders() -> Iterator[tuple[Path, str]]:
    yield tree().build_root, BUILD_VARIABLE
    if kept := cache.known():
        yield kept, cache.VARIABLE
    yield Path(tempfile.gettempdir()), "TMPDIR"
