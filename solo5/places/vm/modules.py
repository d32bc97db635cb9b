# SPDX-License-Identifier: ISC
"""Which modules a kernel needs, in the order that they are loaded, and their content.

Debian's packages hold no modules.dep (depmod writes it at installation), so
dependencies are read from the modules themselves, section .modinfo. A
kernel's modules may be packed, depending on the release; what loads them
later knows plain ones only.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from solo5.errors import ToolMissingError
from solo5.facts import Arch
from solo5.places.vm import packed

#: What brings jobs into a machine, and taps.
_MODULES: Final = ("virtio_pci", "virtio_console", "tun")
#: Lists what is built into the kernel.
_BUILTIN: Final = "modules.builtin"
#: A plain module's file, and a packed one's (kernel/module/Kconfig).
_SUFFIXES: Final = (".ko", ".ko.xz", ".ko.zst")


@functools.cache
def _files(folder: Path) -> dict[str, Path]:
    found = (path for suffix in _SUFFIXES for path in (folder / "kernel").rglob(f"*{suffix}"))
    return {_name(_stem(path)): path for path in found}


@functools.cache
def _builtin(folder: Path) -> frozenset[str]:
    listed = folder / _BUILTIN
    return frozenset(_name(Path(line).stem) for line in listed.read_text().split())


def _stem(path: Path) -> str:
    return path.name.partition(".ko")[0]


def _name(text: str) -> str:
    """Return a module's name: the kernel takes - and _ for the same."""
    return text.replace("-", "_")


def depends(module: bytes) -> tuple[str, ...]:
    """Return the names of the modules that a plain module needs directly."""
    # ELF is not parsed for this: the text "\0depends=" stands once in a module.
    content = b"\0" + module
    start = content.find(b"\0depends=")
    if start < 0:
        return ()
    start += len(b"\0depends=")
    text = content[start : content.index(b"\0", start)].decode()
    return tuple(_name(each) for each in text.split(",") if each)


def needed(arch: Arch) -> tuple[str, ...]:
    """Return what every machine of an architecture needs of its kernel."""
    return _MODULES + arch.vm.hypervisor


def closure(folder: Path, names: tuple[str, ...]) -> Mapping[str, bytes]:
    """Return `names` and what they need, needed ones first: each plain module under its file's name.

    `folder` is lib/modules/<release>. What is built into the kernel has no
    file. Raises ToolMissingError if a module is not there at all.
    """
    return {f"{_stem(path)}.ko": module for path, module in _ordered(folder, names).items()}


def files(folder: Path, names: tuple[str, ...]) -> tuple[Path, ...]:
    """Return the files that `closure` reads."""
    return folder / _BUILTIN, *_ordered(folder, names)


def _ordered(folder: Path, names: tuple[str, ...]) -> Mapping[Path, bytes]:
    ordered: dict[Path, bytes] = {}
    seen: set[str] = set()

    def add(name: str) -> None:
        if name in seen or name in _builtin(folder):
            return
        seen.add(name)
        path = _files(folder).get(name)
        if path is None:
            message = f"kernel module {name}: not in {folder.name}; is that a stock kernel of Debian?"
            raise ToolMissingError(message)
        module = packed.unpack(path.read_bytes(), str(path))
        for each in depends(module):
            add(each)
        ordered[path] = module

    for name in names:
        add(_name(name))
    return ordered
