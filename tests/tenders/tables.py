# SPDX-License-Identifier: ISC
"""Page tables in tests: a builder and a format compiled together, and tables read back as a processor does.

There are two builders, the tender's and the bindings'; their structs are laid
out alike. A format is any C file that defines `arch_tables`.
"""

from __future__ import annotations

import ctypes
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5.facts import tree

EXECUTE, WRITE, READ, DEVICE = 1, 2, 4, 8
#: All that pages are ever given: none is both writable and executable.
RIGHTS: Final = (READ, READ | EXECUTE, READ | WRITE, READ | WRITE | DEVICE)

_ROOT: Final = tree().root
_LEAF = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint32, ctypes.c_bool)
#: What no builder may touch.
_GUARD: Final = b"\xa5" * 64


class Format(ctypes.Structure):
    """struct tables_format."""

    _fields_ = (
        ("levels", ctypes.c_uint),
        ("index_bits", ctypes.c_uint * 5),
        ("page_shift", ctypes.c_uint),
        ("big_endian", ctypes.c_bool),
        ("address_shift", ctypes.c_uint),
        ("table_mask", ctypes.c_uint64),
        ("table", ctypes.c_uint64),
        ("table_has_bits", ctypes.c_bool),
        ("leaf", _LEAF),
    )

    def bits(self) -> tuple[int, ...]:
        """Return the index width of each level, the root first."""
        return tuple(self.index_bits[: self.levels])

    def values(self) -> dict[str, object]:
        """Return all that it says, comparable."""
        plain = {name: getattr(self, name) for name, _ in self._fields_ if name not in {"index_bits", "leaf"}}
        cases = [(rights, block) for rights in range(16) for block in (False, True)] if self.levels else []
        return {**plain, "index_bits": self.bits(), "leaf": {case: self.leaf(*case) for case in cases}}

    def seen(self, rights: int) -> int:
        """Return the rights that a page with these has: an architecture may not tell devices apart."""
        return next(each for each in RIGHTS if self.leaf(each, False) == self.leaf(rights, False))


class _Tables(ctypes.Structure):
    _fields_ = (
        ("format", ctypes.POINTER(Format)),
        ("memory", ctypes.c_void_p),
        ("start", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("used_end", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class Range:
    """Addresses from `start` (inclusive) to `end` (exclusive), and what may be done there."""

    start: int
    end: int
    rights: int


@dataclass(frozen=True)
class Entry:
    """An entry that is not 0, and where it stands."""

    level: int
    addr: int
    """The first address that it stands for."""
    value: int
    """As the processor reads it; for a table, without its address."""
    leaf: bool
    to: int
    """Where it leads: a table's address, or that of mapped memory."""


@dataclass(frozen=True)
class Made:
    """What a builder has made."""

    format: Format
    start: int
    memory: bytes
    used: int
    """Bytes."""
    complete: bool

    def _read(self, table: int, level: int, addr: int) -> Iterator[Entry]:
        made_of = self.format
        bits, last = made_of.bits(), made_of.levels - 1
        size = 8 << bits[level]
        assert 0 == table % size, "a table is aligned to its size"
        assert self.start <= table <= table + size <= self.start + self.used, "a table is in its memory"
        shift = made_of.page_shift + sum(bits[level + 1 :])
        leafs = {made_of.leaf(rights, level != last) for rights in RIGHTS} if level >= last - 1 else set()
        order = ">" if made_of.big_endian else "<"
        values = struct.unpack_from(f"{order}{1 << bits[level]}Q", self.memory, table - self.start)
        for index, value in enumerate(values):
            if value == 0:
                continue
            here = addr + (index << shift)
            if value - (here >> made_of.address_shift) in leafs:
                yield Entry(level, here, value, leaf=True, to=here)
                continue
            below = (value & made_of.table_mask) << made_of.address_shift
            other = value & ~made_of.table_mask
            assert other == made_of.table | (bits[level + 1] if made_of.table_has_bits else 0)
            yield Entry(level, here, other, leaf=False, to=below)
            yield from self._read(below, level + 1, here)

    def entries(self) -> list[Entry]:
        """Return all entries, in the order of their addresses."""
        return list(self._read(self.start, 0, 0)) if self.used else []

    def mapped(self) -> list[Range]:
        """Return what a program can reach, neighbours with the same rights together."""
        made_of = self.format
        bits, last = made_of.bits(), made_of.levels - 1
        rights = {
            (level, made_of.leaf(each, level != last)): made_of.seen(each)
            for each in RIGHTS
            for level in (last - 1, last)
        }
        ranges = []
        for entry in self.entries():
            if entry.leaf:
                size = 1 << (made_of.page_shift + sum(bits[entry.level + 1 :]))
                other = entry.value - (entry.to >> made_of.address_shift)
                ranges.append(Range(entry.addr, entry.addr + size, rights[entry.level, other]))
        return merged(ranges)


def merged(ranges: list[Range]) -> list[Range]:
    """Return ranges in order, neighbours with the same rights together."""
    whole: list[Range] = []
    for each in sorted(ranges, key=lambda each: each.start):
        if whole and (whole[-1].end, whole[-1].rights) == (each.start, each.rights):
            whole[-1] = Range(whole[-1].start, each.end, each.rights)
        elif each.start < each.end:
            whole.append(each)
    return whole


class Builder:
    """One of the two builders, compiled for this host with a format."""

    def __init__(self, name: str, library: Path) -> None:
        """Load what was compiled."""
        self.name = name
        self._library = ctypes.CDLL(str(library))
        self._map = self._library.tables_map
        self._map.argtypes = [ctypes.POINTER(_Tables), ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint32]
        self._map.restype = ctypes.c_int if name == "tenders" else ctypes.c_bool
        self.format = Format.in_dll(self._library, "arch_tables")

    def error(self) -> str:
        """Return the line that the tender's builder left."""
        line = self._library.error_line
        line.restype = ctypes.c_char_p
        return str(line().decode())

    def make(self, ranges: list[Range], *, start: int = 0x200000000, size: int = 1 << 20) -> Made:
        """Map ranges in that order, in `size` bytes for the processor at `start`."""
        room = ctypes.create_string_buffer(bytes(size) + _GUARD, size + len(_GUARD))
        tables = _Tables(ctypes.pointer(self.format), ctypes.addressof(room), start, start + size, 0)
        success = 0 if self.name == "tenders" else True
        complete = True
        for each in ranges:
            complete = complete and success == self._map(ctypes.byref(tables), each.start, each.end, each.rights)
        assert _GUARD == room.raw[size:]
        return Made(self.format, start, room.raw[:size], max(0, tables.used_end - start), complete)


#: Of each builder: its sources, where its headers are, and how it says what the other says, too.
_SOURCES: Final = {
    "tenders": (
        ("tenders/hvt/tables.c", "tenders/common/error.c"),
        ("tenders/hvt", "tenders/common"),
        ("TABLES_READ=PF_R", "TABLES_WRITE=PF_W", "TABLES_EXECUTE=PF_X"),
    ),
    "bindings": (("bindings/machine/tables.c",), ("bindings/machine",), ()),
}


def builder(name: str, tables_format: Path, folder: Path) -> Builder:
    """Compile a builder with the format of a C file."""
    made = folder / f"{name}.so"
    sources, includes, names = _SOURCES[name]
    folders = [f"-I{_ROOT / each}" for each in (*includes, "bindings/include/solo5")]
    files = [tables_format, *(_ROOT / each for each in sources)]
    flags = [
        "-shared",
        "-fPIC",
        "-O1",
        "-D_GNU_SOURCE",
        "-Wall",
        "-Wextra",
        "-Werror",
        *(f"-D{each}" for each in names),
    ]
    subprocess.run(["gcc", *flags, *folders, *files, "-o", made], check=True)
    return Builder(name, made)
