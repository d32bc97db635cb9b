# SPDX-License-Identifier: ISC
"""The extension with the C in it, and what every module here asks it for."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from solo5 import kept
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import tree

_EXTENSION: Final = "_tender.abi3.so"


class RefusedError(UsageError):
    """The core refused its input; the message is the line that a tender prints."""


@dataclass(frozen=True)
class Tender:
    """What a tender accepts (tenders/common/target.h); the numbers are solo5-spt's."""

    name: str = "core"
    """In messages."""
    abi: int = 2
    abi_max: int = 2
    guest_min: int = 0x100000
    mem_max: int = 1 << 40
    options: tuple[str, ...] = ("--x-exec-heap",)
    """Those that only it has."""


#: Where no other is said.
DEFAULT_TENDER: Final = Tender()


@functools.cache
def extension() -> Any:  # noqa: ANN401 - what cffi makes has no types
    """Return the extension, loaded once. Raises ToolMissingError if it is not built."""
    built = tree().build_root / "native"
    path = built / "solo5/tender" / _EXTENSION
    spec = importlib.util.spec_from_file_location("_tender", path)
    # A library that has been cut off would end this process.
    if spec is None or spec.loader is None or not path.exists() or kept.changed(built):
        message = f"{path}: not there, or not as it was built; build it: solo5 build --native"
        raise ToolMissingError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refuse_below_0(result: int) -> None:
    """Raise what a function said that returns 0 or -errno."""
    if result < 0:
        raise RefusedError(extension().ffi.string(extension().lib.error_line()).decode(errors="replace"))


def _table(entry_at: Callable[[int], Any]) -> list[Any]:
    """Return a table of architectures."""
    entries = list[Any]()
    while (entry := entry_at(len(entries))) != extension().ffi.NULL:
        entries.append(entry)
    return entries


def arch_structs() -> dict[str, Any]:
    """Return each struct arch, by its name."""
    return {extension().ffi.string(each.name).decode(): each for each in _table(extension().lib.arch_at)}


def linux_arch(name: str) -> Any:  # noqa: ANN401
    """Return the struct linux_arch of an architecture."""
    audit_arch = tree().arch(name).linux.audit_arch
    return next(each for each in _table(extension().lib.linux_arch_at) if each.audit_arch == audit_arch)


def arch_struct(name: str) -> Any:  # noqa: ANN401
    """Return the struct arch of that name. Raises UsageError, with the known ones."""
    known = arch_structs()
    if name not in known:
        message = f"architecture {name!r}: the tenders do not know it; known: {', '.join(known)}"
        raise UsageError(message)
    return known[name]


def arch_names() -> tuple[str, ...]:
    """Return the architectures that the tenders know."""
    return tuple(arch_structs())


def target_struct(tender: Tender, keep: list[Any]) -> Any:  # noqa: ANN401
    """Return a struct target, which lives as long as `keep`."""
    ffi = extension().ffi
    name, *options = (ffi.new("char[]", each.encode()) for each in (tender.name, *tender.options))
    keep += [name, *options]
    return ffi.new(
        "struct target *",
        {
            "program": name,
            "options": options,
            "abi": tender.abi,
            "abi_max": tender.abi_max,
            "guest_min": tender.guest_min,
            "mem_max": tender.mem_max,
        },
    )
