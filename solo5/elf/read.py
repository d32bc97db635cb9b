# SPDX-License-Identifier: ISC
"""Reads what unikernel files say of themselves: notes, found through PT_NOTE, never by section name.

Reads files of every architecture on any host, and survives damaged ones
with a message. Looks at program headers only, which take no library: a file
runs whatever its sections are.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from solo5.elf import notes
from solo5.elf.manifest import Manifest, decode
from solo5.elf.numbers import CLASS_64, HEADER_FORMAT, LITTLE_ENDIAN, MAGIC, PT_NOTE, SEGMENT_FORMAT
from solo5.errors import UsageError

__all__ = ["Notes", "notes_of", "read_notes"]

_HEADER: Final = struct.Struct(f"<{HEADER_FORMAT}")
_SEGMENT: Final = struct.Struct(f"<{SEGMENT_FORMAT}")
#: Of headers: where they begin, the size of one, how many.
_Table = tuple[int, int, int]
#: Enough for every note that there is.
_NOTE_MAX: Final = 0x10000
#: Scripts look for these words.
_SIZE: Final = "the note does not fall within valid size"


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
            message = "no manifest note in it"
            raise UsageError(message)
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


def notes_of(file: IO[bytes]) -> Notes:
    """Read the notes of an open file. Raises UsageError, without a path."""
    machine, segments = _header(file)
    found: dict[int, bytes] = {}
    for kind, content in _own_notes(file, segments):
        if kind in found:
            message = f"damaged: two notes of type {kind:#x}"
            raise UsageError(message)
        found[kind] = content
    if notes.ABI1 not in found:
        message = "not a unikernel: no Solo5 ABI note"
        raise UsageError(message)
    if len(found[notes.ABI1]) != notes.ABI.size:
        message = f"damaged: ABI note of {len(found[notes.ABI1])} bytes, not {notes.ABI.size}"
        raise UsageError(message)
    abi, version, _, _ = notes.ABI.unpack(found[notes.ABI1])
    mft = found.get(notes.MFT1)
    return Notes(machine, abi, version, None if mft is None else mft[notes.MFT_PADDING :])


def _header(file: IO[bytes]) -> tuple[int, _Table]:
    """Return e_machine, and where the program headers are."""
    file.seek(0)
    data = file.read(_HEADER.size)
    if not data.startswith(MAGIC) or len(data) < _HEADER.size:
        message = "not an ELF file, or one that is cut short"
        raise UsageError(message)
    ident, _, machine, _, _, at, _, _, _, size, count, _, _, _ = _HEADER.unpack(data)
    if tuple(ident[len(MAGIC) :][:2]) != (CLASS_64, LITTLE_ENDIAN):
        message = "not a unikernel: not a little-endian ELF file of 64 bits"
        raise UsageError(message)
    return machine, (at, size, count)


def _own_notes(file: IO[bytes], segments: _Table) -> Iterator[tuple[int, bytes]]:
    """Yield type and descriptor of each note of ours."""
    at, size, count = segments
    file_bytes = file.seek(0, os.SEEK_END)
    if size != _SEGMENT.size or at + size * count > file_bytes:
        message = f"damaged: {count} program headers of {size} bytes at {at:#x}"
        raise UsageError(message)
    file.seek(at)
    for segment in _SEGMENT.iter_unpack(file.read(size * count)):
        kind, _, offset, _, _, content_bytes, _, _ = segment
        if kind != PT_NOTE or offset + content_bytes > file_bytes:
            continue
        file.seek(offset)
        note = _note(file.read(min(content_bytes, _NOTE_MAX)), content_bytes)
        if note is not None:
            yield note


def _note(data: bytes, room: int) -> tuple[int, bytes] | None:
    """Return type and descriptor of a segment's note, if it is one of ours."""
    if len(data) < notes.HEADER.size:
        return None
    name_size, size, kind, owner = notes.HEADER.unpack_from(data)
    if name_size != notes.OWNER_SIZE or owner[: notes.OWNER_SIZE] != notes.OWNER[: notes.OWNER_SIZE]:
        return None
    if size > room - notes.HEADER.size:
        message = f"damaged: a note of {size} bytes in room for {room - notes.HEADER.size}: {_SIZE}"
        raise UsageError(message)
    if size > len(data) - notes.HEADER.size:
        message = f"damaged: a note of {size} bytes, more than any that is known: {_SIZE}"
        raise UsageError(message)
    return kind, data[notes.HEADER.size : notes.HEADER.size + size]
