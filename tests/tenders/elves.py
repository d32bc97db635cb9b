# SPDX-License-Identifier: ISC
"""ELF files for tests: made from program headers, and read by the rules alone.

`plan` is the spec's rules written down once more, in Python, as simply as
possible; what it says is compared with what the tenders' C says.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

from solo5 import tender
from solo5.facts import Elf

EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4
_IDENT = b"\x7fELF\x02\x01\x01"
_NOTE = struct.Struct("<III8s")
_ABI1, _MFT1 = 0x31494241, 0x3154464D
_GUEST_MIN = 0x100000
_MAX_SEGMENTS = 32
_MAX_HEADERS = 128


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


def _notes(data: bytes, phdrs: list[Phdr]) -> tuple[int, bytes] | None:
    """Return ABI version and manifest."""
    abi, mft = None, None
    for phdr in phdrs:
        if phdr.type != PT_NOTE or phdr.filesz < _NOTE.size or phdr.offset + phdr.filesz > len(data):
            continue
        name_size, size, kind, owner = _NOTE.unpack_from(data, phdr.offset)
        if name_size != 6 or owner[:6] != b"Solo5\0":
            continue
        if size > phdr.filesz - _NOTE.size:
            return None
        at = phdr.offset + _NOTE.size
        if kind == _ABI1:
            if abi is not None or size != 16:
                return None
            target, abi = struct.unpack_from("<II", data, at)
            if target != 2 or abi not in {1, 2}:
                return None
        elif kind == _MFT1:
            if mft is not None or not 4 <= size <= 6668:
                return None
            mft = data[at + 4 : at + size]
    return None if abi is None or mft is None else (abi, mft)


def plan(data: bytes, elf: Elf, mem_bytes: int, host_page: int) -> tender.Image | None:  # noqa: PLR0911 - a rule, a return
    """Return what a tender must make of a file; None: refuse it."""
    if len(data) < EHDR.size:
        return None
    ident, kind, machine, version, entry, phoff, _, _, _, phentsize, phnum, _, _, _ = EHDR.unpack_from(data)
    if ident[:7] != _IDENT or (kind, machine, version, phentsize) != (2, elf.machine, 1, PHDR.size):
        return None
    if not 1 <= phnum <= _MAX_HEADERS or phoff % 8 or phoff + phnum * PHDR.size > len(data):
        return None
    raw = (PHDR.unpack_from(data, phoff + index * PHDR.size) for index in range(phnum))
    phdrs = [Phdr(t, f, o, v, fs, ms, a) for t, f, o, v, _, fs, ms, a in raw]
    notes = _notes(data, phdrs)
    if notes is None:
        return None

    page, end = elf.page_size, 0
    segments: list[tender.Segment] = []
    for phdr in phdrs:
        if phdr.type != PT_LOAD or phdr.memsz == 0:
            continue
        prot = tender.READ | (tender.WRITE if phdr.flags & PF_W else 0) | (tender.EXEC if phdr.flags & PF_X else 0)
        rules = (
            len(segments) < _MAX_SEGMENTS,
            phdr.filesz <= phdr.memsz,
            phdr.filesz == 0 or phdr.offset + phdr.filesz <= len(data),
            phdr.vaddr % page == 0,
            phdr.align <= 1 or phdr.align & (phdr.align - 1) == 0,
            phdr.vaddr >= max(_GUEST_MIN, end),
            _up(phdr.vaddr + phdr.memsz, page) <= mem_bytes,
            not (phdr.flags & PF_W and phdr.flags & PF_X),
            not segments or _up(end, host_page) <= phdr.vaddr or segments[-1].prot == prot,
        )
        if not all(rules):
            return None
        end = _up(phdr.vaddr + phdr.memsz, page)
        segments.append(tender.Segment(phdr.vaddr, phdr.memsz, phdr.offset, phdr.filesz, prot))
    end = _up(end, host_page)
    executable = [each for each in segments if each.prot & tender.EXEC]
    if end >= mem_bytes or not any(each.addr <= entry < each.addr + each.mem_bytes for each in executable):
        return None
    abi, mft = notes
    return tender.Image(entry, end, abi, tuple(segments), mft)


def _up(value: int, to: int) -> int:
    return -(-value // to) * to


def with_load(file: File, index: int, **fields: int) -> File:
    """Return the file with fields of one load changed."""
    loads = list(file.loads)
    loads[index] = replace(loads[index], **fields)
    return replace(file, loads=tuple(loads))
