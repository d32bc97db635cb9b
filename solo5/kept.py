# SPDX-License-Identifier: ISC
"""What is kept for later, and how it is known to be whole: values in a file, or the files of a folder.

Values are written with their hash before them. A folder gets a seal when it is
whole: a file in it with size, time and SHA-256 of the others. Who uses the
folder compares sizes and times, which takes some milliseconds; where they
differ, the hash decides, since a copy has other times. What a disk changes by
itself shows in neither: to find that, all is read (`full`).

Where it is kept, solo5.cache and the builder know; what may be removed, solo5.ours.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from solo5 import digest, progress, scratch

#: In a folder that is whole: of each of its files, what `_State` says. Its time is when the folder was last used.
#: Another content gets another name: images, which hold sealed folders, are then made again.
SEAL: Final = ".solo5-seal"

#: So long one is believed to be whole that was found to be.
AGAIN_S = 10.0
_WHOLE: Final[dict[Path, float]] = {}
#: Those of which people have been told that they are damaged.
_SAID: Final[set[Path]] = set()
#: A file's size and time, or "link" and where a symbolic link leads; then the SHA-256 of a file.
_State = list[Any]


def write_values(path: Path, values: object) -> None:
    """Write what JSON can hold, whole or not at all; a folder in its place gives way."""
    text = json.dumps(values)
    if path.is_dir():
        remove(path)
    with scratch.replacing(path) as unfinished:
        unfinished.write_text(f"{digest.of_bytes(text.encode())}\n{text}")


def read_values(path: Path) -> Any:  # noqa: ANN401 - what JSON can hold
    """Return values as they were written; None: there are none, or the file is not whole."""
    try:
        sha256, _, text = path.read_text().partition("\n")
        return json.loads(text) if sha256 == digest.of_bytes(text.encode()) else None
    except (OSError, ValueError):
        return None


def seal(folder: Path, what: str, *, of: Callable[[str], bool] = lambda _: True) -> None:
    """Say that a folder's files are whole; `what` is what people call it, `of` tells which names count.

    Of files that have not changed since an earlier seal, its hash is taken.
    """
    before, files = _sealed(folder), dict[str, _State]()
    for name, state in _states(folder):
        if of(name):
            known = before.get(name, [])
            files[name] = known if known[:2] == state else [*state, _sha256(folder / name, state)]
    if files != before or not (folder / SEAL).is_file():
        write_values(folder / SEAL, {"what": what, "files": files})


def changed(folder: Path, *, full: bool = False) -> tuple[str, ...] | None:
    """Return the names of files that are not as they were sealed, or are gone; None: there is no seal.

    `full`: read them all. What has only another time, is sealed with that.
    """
    files = _sealed(folder)
    if not files and not what(folder):
        return None
    now, again = dict(_states(folder)), dict[str, _State]()
    wrong = []
    for name, known in files.items():
        state = now.get(name)
        if state == known[:2] and not full:
            continue
        if state is None or _sha256(folder / name, state) != known[2] or (state[0] == "link" and state != known[:2]):
            wrong.append(name)
        elif state != known[:2]:
            again[name] = [*state, known[2]]
    with contextlib.suppress(OSError):  # another user's
        if again and not wrong:
            write_values(folder / SEAL, {"what": what(folder), "files": files | again})
    return tuple(wrong)


def is_whole(folder: Path) -> bool:
    """Tell whether a folder is as it was sealed, and note that it is used; say, once, what is not.

    One that was whole a moment ago is believed to be.
    """
    if time.monotonic() - _WHOLE.get(folder, -AGAIN_S) < AGAIN_S:
        return True
    wrong = changed(folder)
    if wrong and folder not in _SAID:
        others = f" and {len(wrong) - 1} more" if wrong[1:] else ""
        progress.warn(f"{folder}: damaged, and made again before it is used: {wrong[0]}{others}")
        _SAID.add(folder)
    if wrong == ():
        _SAID.discard(folder)
        _WHOLE[folder] = time.monotonic()
        with contextlib.suppress(OSError):
            os.utime(folder / SEAL)
    return wrong == ()


def add(path: Path) -> None:
    """Let the seal of the folder that a new file is in name it, too, if there is one, and it may be written."""
    folder = _sealed_above(path)
    if folder is not None:
        name = str(path.relative_to(folder))
        status = path.stat()
        files = _sealed(folder) | {name: [status.st_size, status.st_mtime_ns, digest.of_file(path)]}
        with contextlib.suppress(OSError):
            write_values(folder / SEAL, {"what": what(folder), "files": files})


def is_known(path: Path) -> bool:
    """Tell whether a file is one that a seal names, if it is in a folder that has one."""
    folder = _sealed_above(path)
    return folder is None or str(path.relative_to(folder)) in _sealed(folder)


def _sealed_above(path: Path) -> Path | None:
    return next((folder for folder in path.parents if (folder / SEAL).exists()), None)


def what(folder: Path) -> str:
    """Return what people call a folder; empty: it has no seal."""
    values = read_values(folder / SEAL)
    return values["what"] if isinstance(values, Mapping) else ""


def used(folder: Path) -> float:
    """Return when a folder was last used; 0: it has no seal."""
    try:
        return (folder / SEAL).stat().st_mtime
    except OSError:
        return 0


def remove_changed(folder: Path, name: str) -> None:
    """Remove what has the name of a sealed file; if a link has come into its way, that."""
    path = folder
    for part in Path(name).parts:
        path /= part
        if part == ".." or path.is_symlink():
            break
    if path != folder and ".." not in path.parts[len(folder.parts) :]:
        remove(path)


def remove(path: Path) -> None:
    """Remove a file, a folder with all in it, or a link but not what it leads to; nothing there is as well."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sealed(folder: Path) -> dict[str, _State]:
    values = read_values(folder / SEAL)
    return values["files"] if isinstance(values, Mapping) else {}


def _states(folder: Path) -> Iterator[tuple[str, _State]]:
    """Yield name and state of each file of a folder, without its seal."""
    open_ = [(folder, "")]
    while open_:
        path, below = open_.pop()
        with contextlib.suppress(NotADirectoryError, FileNotFoundError), os.scandir(path) as entries:
            for entry in entries:
                name = f"{below}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    open_.append((Path(entry.path), f"{name}/"))
                elif entry.is_symlink():
                    yield name, ["link", str(Path(entry.path).readlink())]
                elif entry.is_file() and name != SEAL:
                    status = entry.stat(follow_symlinks=False)
                    yield name, [status.st_size, status.st_mtime_ns]


def _sha256(path: Path, state: _State) -> str:
    return "" if state[0] == "link" else digest.of_file(path) or ""
