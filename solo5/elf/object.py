# SPDX-License-Identifier: ISC
"""The manifest as a relocatable object file, written without a compiler.

Four sections: the note, its symbol, and what ELF needs to name them. Layout:
System V gABI chapter 4, mft_abi.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from solo5.elf import notes
from solo5.elf.manifest import Manifest
from solo5.facts import Elf

SECTION: Final = ".note.solo5.manifest"
SYMBOL: Final = "__solo5_mft1_note"

_ELF: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_IDENT: Final = b"\x7fELF" + bytes([2, 1, 1])
_ET_REL: Final = 1
_SHT_PROGBITS, _SHT_SYMTAB, _SHT_STRTAB, _SHT_NOTE = 1, 2, 3, 7
_SHF_ALLOC: Final = 2
_STB_GLOBAL_OBJECT: Final = 0x11
_ALIGN: Final = 8


@dataclass(frozen=True)
class _Section:
    name: str
    type: int
    content: bytes
    flags: int = 0
    link: int = 0
    info: int = 0
    align: int = 1
    entry_size: int = 0


def note(manifest: Manifest) -> bytes:
    """Return the whole MFT1 note: header, padding, struct mft."""
    mft = manifest.encode()
    header = notes.HEADER.pack(notes.OWNER_SIZE, notes.MFT_PADDING + len(mft), notes.MFT1, notes.OWNER)
    return header + bytes(notes.MFT_PADDING) + mft


def write(manifest: Manifest, elf: Elf) -> bytes:
    """Return an object file for the architecture of these facts."""
    content = note(manifest)
    symbols = _SYMBOL.pack(0, 0, 0, 0, 0, 0) + _SYMBOL.pack(1, _STB_GLOBAL_OBJECT, 0, 1, 0, len(content))
    names = _Strings()
    sections = [
        _Section(SECTION, _SHT_NOTE, content, flags=_SHF_ALLOC, align=_ALIGN),
        # Without this one, linkers make the stack executable.
        _Section(".note.GNU-stack", _SHT_PROGBITS, b""),
        _Section(".symtab", _SHT_SYMTAB, symbols, link=4, info=1, align=_ALIGN, entry_size=_SYMBOL.size),
        _Section(".strtab", _SHT_STRTAB, f"\0{SYMBOL}\0".encode()),
    ]
    name_at = [names.add(each.name) for each in sections]
    shstrtab_at = names.add(".shstrtab")
    sections.append(_Section(".shstrtab", _SHT_STRTAB, names.content))

    body = bytearray(_ELF.size)
    headers = bytearray(_SECTION.size)
    for each, at in zip(sections, [*name_at, shstrtab_at], strict=True):
        body += bytes(-len(body) % each.align)
        headers += _SECTION.pack(
            at,
            each.type,
            each.flags,
            0,
            len(body),
            len(each.content),
            each.link,
            each.info,
            each.align,
            each.entry_size,
        )
        body += each.content
    body += bytes(-len(body) % _ALIGN)
    _ELF.pack_into(
        body,
        0,
        *(_IDENT, _ET_REL, elf.machine, 1, 0, 0, len(body), elf.object_flags),
        *(_ELF.size, 0, 0, _SECTION.size, 1 + len(sections), len(sections)),
    )
    return bytes(body + headers)


class _Strings:
    """A string table in the making."""

    def __init__(self) -> None:
        self.content = b"\0"

    def add(self, text: str) -> int:
        """Append a string and return where it begins."""
        at = len(self.content)
        self.content += text.encode() + b"\0"
        return at
