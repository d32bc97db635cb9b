# SPDX-License-Identifier: ISC
"""Reads what unikernel files say of themselves: notes, found through PT_NOTE, never by section name.

Reads files of every architecture on any machine, and survives damaged ones
with a message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

from solo5.elf import notes
from solo5.elf.manifest import Manifest, decode
from solo5.elf.numbers import PT_NOTE, SEGMENT_FORMAT
from solo5.errors import UsageError

__all__ = ["DAMAGE", "Notes", "machine_of", "notes_of", "read_notes"]

_SEGMENT: Final = struct.Struct(f"<{SEGMENT_FORMAT}")
#: Enough for every note that there is.
_NOTE_MAX: Final = 0x10000

#: What pyelftools raises on files that are no ELF files, or damaged ones.
DAMAGE: Final = (
    ELFError,
    ConstructError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    AssertionError,
    OverflowError,
    TypeError,
    MemoryError,
    struct.error,
    UnicodeDecodeError,
)


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
    try:
        return _notes_of(file)
    except UsageError:
        raise
    except DAMAGE as cause:
        message = f"not an ELF file, or a damaged one ({type(cause).__name__}: {cause})"
        raise UsageError(" ".join(message.split())) from cause


def _notes_of(file: IO[bytes]) -> Notes:
    elf = ELFFile(file)
    if elf.elfclass != 64 or not elf.little_endian:  # noqa: PLR2004 - bits
        message = "not a unikernel: not a little-endian ELF file of 64 bits"
        raise UsageError(message)
    found: dict[int, bytes] = {}
    for kind, content in _own_notes(elf):
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
    return Notes(machine_of(file), abi, version, None if mft is None else mft[notes.MFT_PADDING :])


def _own_notes(elf: ELFFile) -> Iterator[tuple[int, bytes]]:
    """Yield type and descriptor of each note of ours.

    Not by ELFFile's segments: making those reads sections, and a file runs
    whatever its sections are.
    """
    at, size, count = elf["e_phoff"], elf["e_phentsize"], elf["e_phnum"]
    if size != _SEGMENT.size or at + size * count > elf.stream_len:
        message = f"damaged: {count} program headers of {size} bytes at {at:#x}"
        raise UsageError(message)
    elf.stream.seek(at)
    for segment in _SEGMENT.iter_unpack(elf.stream.read(size * count)):
        kind, _, offset, _, _, file_bytes, _, _ = segment
        if kind != PT_NOTE or offset + file_bytes > elf.stream_len:
            continue
        elf.stream.seek(offset)
        note = _note(elf.stream.read(min(file_bytes, _NOTE_MAX)), file_bytes)
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
        message = f"damaged: a note of {size} bytes in room for {room - notes.HEADER.size}"
        raise UsageError(message)
    if size > len(data) - notes.HEADER.size:
        message = f"damaged: a note of {size} bytes, more than any that is known"
        raise UsageError(message)
    return kind, data[notes.HEADER.size : notes.HEADER.size + size]


def machine_of(file: IO[bytes]) -> int:
    """Return e_machine as a number; pyelftools has names for those it knows."""
    file.seek(18)
    return int.from_bytes(file.read(2), "little")
