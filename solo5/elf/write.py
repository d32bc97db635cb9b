# SPDX-License-Identifier: ISC
"""Writes ELF files from facts, without a compiler: right ones, and wrong ones on purpose.

A file is a value; whoever wants another one changes a copy. Nothing is
checked here: what a unikernel must be, solo5.elf.check says. Layout: System V
gABI, chapters 4 and 5.
"""

from __future__ import annotations

import dataclasses
import struct
from dataclasses import dataclass
from typing import Any, Final, Self

from solo5.elf.numbers import (
    CLASS_64,
    ET_EXEC,
    HEADER_FORMAT,
    HEADER_SIZE,
    LITTLE_ENDIAN,
    MAGIC,
    PT_LOAD,
    SEGMENT_FORMAT,
    SEGMENT_HEADER_SIZE,
    SHN_ABS,
    SHT_STRTAB,
    SHT_SYMTAB,
    SYMBOL_FORMAT,
)

__all__ = ["Header", "Image", "Section", "Segment", "Symbol"]

_SECTION_HEADER_SIZE: Final = 64
_SYMBOL_SIZE: Final = 24
_ALIGN: Final = 8
_GLOBAL: Final = 1


@dataclass(frozen=True)
class Header:
    """The first 64 bytes. None: as the rest of the file has it."""

    machine: int
    type: int = ET_EXEC
    entry: int = 0
    flags: int = 0
    magic: bytes = MAGIC
    elf_class: int = CLASS_64
    """Only the number: the layout stays that of 64 bits."""
    data: int = LITTLE_ENDIAN
    """Byte order, of every header and not of contents."""
    ident_version: int = 1
    version: int = 1
    segments_at: int | None = None
    segment_size: int = SEGMENT_HEADER_SIZE
    segment_count: int | None = None


@dataclass(frozen=True)
class Segment:
    """A program header, and what it is about."""

    name: str
    """For those who change it; not in the file."""
    type: int
    flags: int
    addr: int = 0
    content: bytes | None = b""
    """None: it lies inside the PT_LOAD at its address."""
    mem_bytes: int | None = None
    """None: as many as it has content."""
    align: int = 1
    offset: int | None = None
    """Said in the header; None: where the content is."""
    file_bytes: int | None = None
    """Said in the header; None: as many as it has content."""


@dataclass(frozen=True)
class Section:
    """A section; offset and size follow from its content."""

    name: str
    type: int
    content: bytes
    flags: int = 0
    link: int = 0
    info: int = 0
    align: int = 1
    entry_size: int = 0


@dataclass(frozen=True)
class Symbol:
    """A global symbol."""

    name: str
    value: int = 0
    size: int = 0
    kind: int = 0
    """STT_*."""
    section: int = SHN_ABS


@dataclass(frozen=True)
class Image:
    """A whole file."""

    header: Header
    segments: tuple[Segment, ...] = ()
    sections: tuple[Section, ...] = ()
    """From index 1. Those of names and symbols come behind, by themselves."""
    symbols: tuple[Symbol, ...] = ()

    def __getitem__(self, name: str) -> Segment:
        """Return the segment of that name."""
        return next(each for each in self.segments if each.name == name)

    def with_header(self, **values: Any) -> Self:  # noqa: ANN401 - of Header's fields
        """Return it with other values in the header."""
        return dataclasses.replace(self, header=dataclasses.replace(self.header, **values))

    def changed(self, name: str, **values: Any) -> Self:  # noqa: ANN401 - of Segment's fields
        """Return it with other values in a segment."""
        return self.replaced(name, dataclasses.replace(self[name], **values))

    def replaced(self, name: str, *instead: Segment) -> Self:
        """Return it with others, or none, in a segment's place."""
        at = self.segments.index(self[name])
        return dataclasses.replace(self, segments=(*self.segments[:at], *instead, *self.segments[at + 1 :]))

    def encode(self) -> bytes:
        """Return the file's bytes: headers, contents of segments, sections."""
        order = "<" if self.header.data == LITTLE_ENDIAN else ">"
        body = bytearray(HEADER_SIZE + SEGMENT_HEADER_SIZE * len(self.segments))
        self._put_segments(body, order)
        sections = (*self.sections, *self._symbol_sections(order)) if self.sections or self.symbols else ()
        section_count = len(sections) + 2 if sections else 0  # the empty one and the names
        headers = _put_sections(body, sections, order) if sections else b""
        body += bytes(-len(body) % _ALIGN if sections else 0)
        self._put_header(body, order, len(body) if sections else 0, section_count)
        return bytes(body + headers)

    def _put_header(self, body: bytearray, order: str, sections_at: int, section_count: int) -> None:
        head = self.header
        at, count = head.segments_at, head.segment_count
        if at is None:
            at = HEADER_SIZE if self.segments else 0
        if count is None:
            count = len(self.segments)
        ident = head.magic + bytes([head.elf_class, head.data, head.ident_version])
        struct.pack_into(
            f"{order}{HEADER_FORMAT}",
            body,
            0,
            *(ident, head.type, head.machine, head.version, head.entry, at, sections_at, head.flags),
            *(HEADER_SIZE, head.segment_size if self.segments else 0, count),
            *(_SECTION_HEADER_SIZE if section_count else 0, section_count, max(section_count - 1, 0)),
        )

    def _put_segments(self, body: bytearray, order: str) -> None:
        placed: dict[int, int] = {}
        for index, each in enumerate(self.segments):
            if each.content:
                # A system that maps pages of the file needs this much.
                body += bytes((each.addr - len(body)) % max(each.align, 1))
                placed[index] = len(body)
                body += each.content
        for index, each in enumerate(self.segments):
            offset, size = placed.get(index, 0), len(each.content or b"")
            if each.content is None:
                offset, size = self._inside(each, placed), each.mem_bytes or 0
            struct.pack_into(
                f"{order}{SEGMENT_FORMAT}",
                body,
                HEADER_SIZE + index * SEGMENT_HEADER_SIZE,
                *(each.type, each.flags, offset if each.offset is None else each.offset, each.addr, each.addr),
                size if each.file_bytes is None else each.file_bytes,
                size if each.mem_bytes is None else each.mem_bytes,
                each.align,
            )

    def _inside(self, wanted: Segment, placed: dict[int, int]) -> int:
        for index, offset in placed.items():
            load = self.segments[index]
            into = wanted.addr - load.addr
            if load.type == PT_LOAD and 0 <= into < len(load.content or b""):
                return offset + into
        message = f"segment {wanted.name}: no PT_LOAD with content at {wanted.addr:#x}"
        raise ValueError(message)

    def _symbol_sections(self, order: str) -> tuple[Section, ...]:
        if not self.symbols:
            return ()
        names = _Strings()
        table = bytearray(_SYMBOL_SIZE)
        for each in self.symbols:
            kind = _GLOBAL << 4 | each.kind
            table += struct.pack(
                f"{order}{SYMBOL_FORMAT}", names.add(each.name), kind, 0, each.section, each.value, each.size
            )
        strings = len(self.sections) + 2
        return (
            Section(".symtab", SHT_SYMTAB, bytes(table), link=strings, info=1, align=_ALIGN, entry_size=_SYMBOL_SIZE),
            Section(".strtab", SHT_STRTAB, names.content),
        )


class _Strings:
    """A string table in the making."""

    def __init__(self) -> None:
        self.content = b"\0"

    def add(self, text: str) -> int:
        """Append a string and return where it begins."""
        at = len(self.content)
        self.content += text.encode() + b"\0"
        return at


def _put_sections(body: bytearray, sections: tuple[Section, ...], order: str) -> bytes:
    """Append contents, and return the headers, with the section of names."""
    names = _Strings()
    name_at = [names.add(each.name) for each in sections]
    name_at.append(names.add(".shstrtab"))
    headers = bytearray(_SECTION_HEADER_SIZE)
    for each, at in zip((*sections, Section(".shstrtab", SHT_STRTAB, names.content)), name_at, strict=True):
        body += bytes(-len(body) % each.align)
        headers += struct.pack(
            f"{order}IIQQQQIIQQ",
            *(at, each.type, each.flags, 0, len(body), len(each.content)),
            *(each.link, each.info, each.align, each.entry_size),
        )
        body += each.content
    return bytes(headers)
