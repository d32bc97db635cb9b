# SPDX-License-Identifier: ISC
"""Reads what unikernel files say of themselves: notes, found through PT_NOTE, never by section name.

Reads files of every architecture on any host, and survives damaged ones
with a message. Looks at program headers only, which take no library: a file
runs whatever its sections are. Which files a tender runs: solo5.elf.runnable.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NoReturn

from solo5.elf import notes
from solo5.elf.manifest import Manifest, decode
from solo5.elf.numbers import (
    CLASS_64,
    EV_CURRENT,
    HEADER_FORMAT,
    LITTLE_ENDIAN,
    MAGIC,
    PN_XNUM,
    PT_NOTE,
    SEGMENT_FORMAT,
)
from solo5.errors import UsageError

__all__ = ["Headers", "Notes", "ProgramHeader", "headers_of", "notes_of", "read_notes"]

_HEADER: Final = struct.Struct(f"<{HEADER_FORMAT}")
_SEGMENT: Final = struct.Struct(f"<{SEGMENT_FORMAT}")
#: Linkers make a dozen.
_MOST_HEADERS: Final = 128
#: Of a table of program headers (System V gABI, chapter 5).
_TABLE_ALIGN: Final = 8
#: Scripts look for these words.
_SIZE: Final = "the note does not fall within valid size"


@dataclass(frozen=True)
class ProgramHeader:
    """What is looked at of an Elf64_Phdr."""

    type: int
    flags: int
    offset: int
    addr: int
    file_bytes: int
    mem_bytes: int
    align: int


@dataclass(frozen=True)
class Headers:
    """A file's headers."""

    type: int
    """e_type (System V gABI)."""
    machine: int
    """e_machine (System V gABI)."""
    entry: int
    program: tuple[ProgramHeader, ...]
    file_bytes: int
    """Size of the file."""


@dataclass(frozen=True)
class Notes:
    """What a unikernel says of itself."""

    machine: int
    """e_machine (System V gABI)."""
    abi: int
    """Number of the target."""
    version: int
    """Of the target's ABI."""
    mft: bytes | None
    """struct mft; None: it has no manifest."""

    def manifest(self) -> Manifest:
        """Return the manifest. Raises UsageError if there is none, or a damaged one."""
        if self.mft is None:
            _refuse("no manifest in it; link one, see `solo5-elftool gen-manifest`")
        return decode(self.mft)


def read_notes(path: Path) -> Notes:
    """Read the notes of a file.

    Raises UsageError, with the path, if it is no unikernel or damaged.
    """
    try:
        with path.open("rb") as file:
            return notes_of(file)
    except OSError as cause:
        message = f"{path}: {cause.strerror}"
        raise UsageError(message) from cause
    except UsageError as cause:
        message = f"{path}: {cause}"
        raise UsageError(message) from cause


def _refuse(message: str) -> NoReturn:
    raise UsageError(message)


def headers_of(file: IO[bytes]) -> Headers:
    """Read the headers of an open file. Raises UsageError, without a path."""
    file_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    data = file.read(_HEADER.size)
    if len(data) < _HEADER.size:
        _refuse("not an ELF file, or one that is cut short")
    ident, kind, machine, version, entry, at, _, _, _, size, count, _, _, _ = _HEADER.unpack(data)
    if not ident.startswith(MAGIC + bytes([CLASS_64, LITTLE_ENDIAN, EV_CURRENT])):
        known = "" if ident.startswith(MAGIC) else "not an ELF file: "
        _refuse(f"{known}not a unikernel: not a little-endian ELF file of 64 bits, version {EV_CURRENT}")
    if version != EV_CURRENT:
        _refuse(f"not a unikernel: ELF version {version}, not {EV_CURRENT}")
    is_outside = size != _SEGMENT.size or at + size * count > file_bytes
    if is_outside or count in {0, PN_XNUM} or at % _TABLE_ALIGN:
        _refuse(f"damaged: {count} program headers of {size} bytes at {at:#x} in a file of {file_bytes}")
    if count > _MOST_HEADERS:
        _refuse(f"{count} program headers; at most {_MOST_HEADERS} are read")
    file.seek(at)
    described = _SEGMENT.iter_unpack(file.read(size * count))
    program = (ProgramHeader(*each[:4], *each[5:]) for each in described)  # without p_paddr
    return Headers(kind, machine, entry, tuple(program), file_bytes)


def notes_of(file: IO[bytes], headers: Headers | None = None) -> Notes:
    """Read the notes of an open file, whose headers are read if not given. Raises UsageError, without a path."""
    headers = headers or headers_of(file)
    found: dict[int, bytes] = {}
    for kind, content in _own_notes(file, headers):
        if kind in found:
            _refuse(f"damaged: two notes of type {kind:#x}")
        found[kind] = content
    if notes.ABI1 not in found:
        _refuse("not a unikernel: no Solo5 ABI note")
    abi, version, _, _ = notes.ABI.unpack(found[notes.ABI1])
    if version == 0:
        _refuse("damaged: ABI version 0, which no target has")
    mft = found.get(notes.MFT1)
    return Notes(headers.machine, abi, version, None if mft is None else mft[notes.MFT_PADDING :])


def _own_notes(file: IO[bytes], headers: Headers) -> Iterator[tuple[int, bytes]]:
    """Yield type and descriptor of each note that says what a unikernel is."""
    for each in headers.program:
        if each.type != PT_NOTE or each.offset + each.file_bytes > headers.file_bytes:
            continue
        file.seek(each.offset)
        note = _note(file.read(min(each.file_bytes, notes.HEADER.size + notes.MFT_MAX)), each.file_bytes)
        if note is not None:
            yield note


def _note(data: bytes, room: int) -> tuple[int, bytes] | None:
    """Return type and descriptor of a segment's note, if it is an ABI note or a manifest of ours."""
    if len(data) < notes.HEADER.size:
        return None
    name_size, size, kind, owner = notes.HEADER.unpack_from(data)
    if name_size != notes.OWNER_SIZE or owner[: notes.OWNER_SIZE] != notes.OWNER[: notes.OWNER_SIZE]:
        return None
    if size > room - notes.HEADER.size:
        _refuse(f"damaged: a note of {size} bytes in room for {room - notes.HEADER.size}: {_SIZE}")
    if kind == notes.ABI1 and size != notes.ABI.size:
        _refuse(f"damaged: ABI note of {size} bytes, not {notes.ABI.size}")
    if kind == notes.MFT1 and size > notes.MFT_MAX:
        _refuse(f"damaged: a note of {size} bytes, more than any that is known: {_SIZE}")
    if kind == notes.MFT1 and size < notes.MFT_PADDING:
        _refuse(f"damaged: manifest note of {size} bytes: {_SIZE}")
    return (kind, data[notes.HEADER.size :][:size]) if kind in {notes.ABI1, notes.MFT1} else None
