# SPDX-License-Identifier: ISC
"""Numbers and formats of ELF files, for who reads and who writes them (System V gABI, chapters 4 and 5)."""

from __future__ import annotations

from typing import Final

__all__ = [
    "CLASS_64",
    "ET_EXEC",
    "ET_REL",
    "EV_CURRENT",
    "HEADER_FORMAT",
    "HEADER_SIZE",
    "LITTLE_ENDIAN",
    "MAGIC",
    "PF_R",
    "PF_W",
    "PF_X",
    "PN_XNUM",
    "PT_GNU_STACK",
    "PT_INTERP",
    "PT_LOAD",
    "PT_NOTE",
    "SEGMENT_FORMAT",
    "SEGMENT_HEADER_SIZE",
    "SHF_ALLOC",
    "SHN_ABS",
    "SHT_NOTE",
    "SHT_PROGBITS",
    "SHT_STRTAB",
    "SHT_SYMTAB",
    "SYMBOL_FORMAT",
]

MAGIC: Final = b"\x7fELF"
ET_REL: Final = 1
ET_EXEC: Final = 2
EV_CURRENT: Final = 1
#: A count of program headers that stands elsewhere.
PN_XNUM: Final = 0xFFFF
PT_LOAD: Final = 1
PT_INTERP: Final = 3
PT_NOTE: Final = 4
PT_GNU_STACK: Final = 0x6474E551
PF_X: Final = 1
PF_W: Final = 2
PF_R: Final = 4
SHT_PROGBITS: Final = 1
SHT_SYMTAB: Final = 2
SHT_STRTAB: Final = 3
SHT_NOTE: Final = 7
SHF_ALLOC: Final = 2
SHN_ABS: Final = 0xFFF1
CLASS_64: Final = 2
LITTLE_ENDIAN: Final = 1
#: Elf64_Ehdr: identification, type, machine, version, entry, where segments and sections are described, flags,
#: its own size, size and count of segments' headers, size and count of sections', section of their names.
HEADER_FORMAT: Final = "16sHHIQQQIHHHHHH"
#: Elf64_Phdr: type, flags, offset, two addresses, size in the file, size in memory, alignment.
SEGMENT_FORMAT: Final = "IIQQQQQQ"
#: Elf64_Sym: name, info, other, section, value, size.
SYMBOL_FORMAT: Final = "IBBHQQ"
HEADER_SIZE: Final = 64
SEGMENT_HEADER_SIZE: Final = 56
