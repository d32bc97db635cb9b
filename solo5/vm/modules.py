# SPDX-License-Identifier: ISC
"""Which module files a kernel needs, in the order that they are loaded.

Debian's packages hold no modules.dep (depmod writes it at installation), so
dependencies are read from the modules themselves, section .modinfo.
"""

from __future__ import annotations

import functools
from pathlib import Path

from solo5.errors import ToolMissingError


@functools.cache
def _files(folder: Path) -> dict[str, Path]:
    return {_name(path.stem): path for path in (folder / "kernel").rglob("*.ko")}


@functools.cache
def _builtin(folder: Path) -> frozenset[str]:
    listed = folder / "modules.builtin"
    return frozenset(_name(Path(line).stem) for line in listed.read_text().split())


def _name(text: str) -> str:
    """Return a module's name: the kernel takes - and _ for the same."""
    return text.replace("-", "_")


def depends(module: Path) -> tuple[str, ...]:
    """Return the names of the modules that one needs directly."""
    # ELF is not parsed for this: the text "\0depends=" stands once in a module.
    content = b"\0" + module.read_bytes()
    start = content.find(b"\0depends=")
    if start < 0:
        return ()
    start += len(b"\0depends=")
    text = content[start : content.index(b"\0", start)].decode()
    return tuple(_name(each) for each in text.split(",") if each)


def closure(folder: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files of `names` and of what they need, needed ones first.

    `folder` is lib/modules/<release>. What is built into the kernel has no
    file. Raises ToolMissingError if a module is not there at all.
    """
    order: dict[str, Path] = {}

    def add(name: str) -> None:
        if name in order or name in _builtin(folder):
            return
        path = _files(folder).get(name)
        if path is None:
            message = f"kernel module {name}: not in {folder.name}; is that a stock kernel of Debian?"
            raise ToolMissingError(message)
        for needed in depends(path):
            add(needed)
        order[name] = path

    for name in names:
        add(_name(name))
    return tuple(order.values())
