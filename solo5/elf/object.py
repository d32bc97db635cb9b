# SPDX-License-Identifier: ISC
"""The manifest as a relocatable object file, written without a compiler.

It declares what MFT1_NOTE_DECLARE_BEGIN of mft_abi.h does, and links beside
a compiler's objects.
"""

from __future__ import annotations

from typing import Final

from solo5.elf import notes
from solo5.elf.manifest import Manifest
from solo5.elf.numbers import ET_REL, SHF_ALLOC, SHT_NOTE, SHT_PROGBITS
from solo5.elf.write import Header, Image, Section, Symbol
from solo5.facts import Elf

__all__ = ["SECTION", "SYMBOL", "note", "write"]

SECTION: Final = ".note.solo5.manifest"
SYMBOL: Final = "__solo5_mft1_note"

_STT_OBJECT: Final = 1
_ALIGN: Final = 8


def note(manifest: Manifest) -> bytes:
    """Return the whole MFT1 note: header, padding, struct mft."""
    return notes.mft_note(manifest.encode())


def write(manifest: Manifest, elf: Elf) -> bytes:
    """Return an object file for the architecture of these facts."""
    content = note(manifest)
    image = Image(
        Header(machine=elf.machine, type=ET_REL, flags=elf.object_flags),
        sections=(
            Section(SECTION, SHT_NOTE, content, flags=SHF_ALLOC, align=_ALIGN),
            # Without this one, linkers make the stack executable.
            Section(".note.GNU-stack", SHT_PROGBITS, b""),
        ),
        symbols=(Symbol(SYMBOL, size=len(content), kind=_STT_OBJECT, section=1),),
    )
    return image.encode()
