# SPDX-License-Identifier: ISC
"""ELF files for tests: made from program headers, and read by the rules alone.

`plan` says, by elftool's rules and those of the host, what the tenders' C has
to make of a file.
"""

from __future__ import annotations

import io
import itertools
import struct
from dataclasses import dataclass, replace

from solo5 import tender
from solo5.elf.runnable import unikernel_of
from solo5.errors import UsageError
from solo5.facts import Elf, tree

EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4
IDENT_BYTES = 16
_IDENT = b"\x7fELF\x02\x01\x01"
_NOTE = struct.Struct("<III8s")
_ABI1, _MFT1 = 0x31494241, 0x3154464D
_GUEST_MIN = 0x100000

#: Name and type of each.
Devices = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Phdr:
    """One program header; the fields of Elf64_Phdr."""

    type: int
    flags: int
    offset: int
    vaddr: int
    filesz: int
    memsz: int
    align: int = 0

    def pack(self) -> bytes:
        """Return its bytes."""
        return PHDR.pack(self.type, self.flags, self.offset, self.vaddr, 0, self.filesz, self.memsz, self.align)


@dataclass(frozen=True)
class File:
    """A whole file: headers, notes behind them, and then `room` bytes."""

    elf: Elf
    loads: tuple[Phdr, ...]
    notes: tuple[bytes, ...]
    entry: int = _GUEST_MIN
    type: int = 2
    room: int = 0x4000

    def pack(self) -> bytes:
        """Return its bytes."""
        count = len(self.loads) + len(self.notes)
        at = EHDR.size + count * PHDR.size
        placed = []
        for note in self.notes:
            at += -at % 8
            placed.append(Phdr(PT_NOTE, PF_R, at, 0, len(note), len(note), 4))
            at += len(note)
        head = EHDR.pack(
            _IDENT,
            self.type,
            self.elf.machine,
            1,
            self.entry,
            EHDR.size,
            0,
            self.elf.object_flags,
            EHDR.size,
            PHDR.size,
            count,
            0,
            0,
            0,
        )
        body = head + b"".join(each.pack() for each in (*placed, *self.loads))
        for each, note in zip(placed, self.notes, strict=True):
            body = body.ljust(each.offset, b"\0") + note
        return body + bytes(self.room)


def abi_note(target: int = 2, version: int = 2, *, size: int = 16, owner: bytes = b"Solo5") -> bytes:
    """Return an ABI note."""
    return _NOTE.pack(len(owner) + 1, size, _ABI1, owner) + struct.pack("<IIII", target, version, 0, 0)


def mft_note(mft: bytes) -> bytes:
    """Return a manifest note: four bytes of padding count as content."""
    return _NOTE.pack(6, 4 + len(mft), _MFT1, b"Solo5") + bytes(4) + mft


def other_note(size: int = 8) -> bytes:
    """Return a note of Solo5's that is neither of the two."""
    return _NOTE.pack(6, size, 0x99, b"Solo5") + bytes(size)


def plan(
    data: bytes, mem_bytes: int, host_page: int = 4096, *, arch: str, target: str = "spt"
) -> tuple[tender.Image, Devices] | None:
    """Return what a tender must make of a file; None: refuse it.

    What is in the file alone, elftool decides (solo5.elf.runnable); here is the rest: the tender's own target and
    machine, its memory, and its host's pages.
    """
    try:
        read = unikernel_of(io.BytesIO(data), tree())
    except UsageError:
        return None
    own, elf = tree().target(target), tree().arch(arch).elf
    if (read.notes.machine, read.notes.abi) != (elf.machine, own.abi) or read.notes.version not in own.versions:
        return None
    if any(_up(a.end, host_page) > b.addr and a.rights != b.rights for a, b in itertools.pairwise(read.segments)):
        return None
    end = _up(_up(read.segments[-1].end, host_page), elf.page_size)
    if end >= mem_bytes:
        return None
    return tender.Image(read.entry, end, read.notes.version, read.segments, read.notes.mft or b""), tuple(
        (each.name, int(each.type)) for each in read.manifest.devices
    )


def _up(value: int, to: int) -> int:
    return -(-value // to) * to


def with_load(file: File, index: int, **fields: int) -> File:
    """Return the file with fields of one load changed."""
    loads = list(file.loads)
    loads[index] = replace(loads[index], **fields)
    return replace(file, loads=tuple(loads))
