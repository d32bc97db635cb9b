# SPDX-License-Identifier: ISC
"""A whole small unikernel of any cell, made without a compiler, for tests to change.

It writes a message and ends with a status. Its machine code is data beside
the test guests, tests/guests/arch/<arch>/code.toml; its layout is that of
bindings/solo5.lds.in.
"""

from __future__ import annotations

import struct
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from solo5.elf import notes
from solo5.elf.layout import ENTRY, GUARD, GUARD_FAILED, INTERP, LAYOUT_SYMBOLS, TEXT_START
from solo5.elf.manifest import Manifest
from solo5.elf.numbers import PF_R, PF_W, PF_X, PT_GNU_STACK, PT_INTERP, PT_LOAD, PT_NOTE
from solo5.elf.write import Header, Image, Segment, Symbol
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Target, Tree, tree

__all__ = [
    "BSS_SIZE",
    "FILE_ALIGN",
    "MESSAGE",
    "SYMBOLS",
    "code_table",
    "program",
    "say",
    "standard_notes",
    "unikernel",
]

MESSAGE: Final = b"SUCCESS\n"
#: Bytes of .bss behind the message.
BSS_SIZE: Final = 64
#: Real linkers align contents in the file to pages; no tender asks for it,
#: and files of some hundred bytes reach a place sooner.
FILE_ALIGN: Final = 16
#: Symbols that guests of our toolchain have.
SYMBOLS: Final = (ENTRY, *LAYOUT_SYMBOLS, GUARD, GUARD_FAILED)


def code_table(arch: Arch, at: Tree | None = None) -> Path:
    """Return the file that holds an architecture's machine code."""
    return (at or tree()).checkout.guests / "arch" / arch.name / "code.toml"


def program(arch: Arch, target: Target, name: str, at: Tree | None = None) -> dict[str, Any]:
    """Return one of its programs: `source`, and `code` in hexadecimal.

    Raises UsageError if there is none of that name for the target.
    """
    table = code_table(arch, at)
    try:
        found: dict[str, Any] = tomllib.loads(table.read_text())[target.name][name]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as cause:
        message = f"{table}: no program [{target.name}.{name}] in it; write it, as in the other architectures' tables"
        raise UsageError(message) from cause
    return found


def say(arch: Arch, target: Target, address: int, size: int, status: int = 0) -> bytes:
    """Return code that writes the `size` bytes at `address` and ends with `status`."""
    return bytes.fromhex(program(arch, target, "say")["code"]) + struct.pack("<QQQ", status, address, size)


def standard_notes(target: Target, *, version: int | None = None, mft: bytes | None = None) -> dict[str, bytes]:
    """Return the notes of a unikernel in their order, by the names of their segments.

    `version` is that of the target's ABI, the last one if not said; `mft` is
    a struct mft, one without devices if not said.
    """
    if version is None:
        version = target.versions[-1]
    if mft is None:
        mft = Manifest(()).encode()
    return {
        "not_openbsd": notes.not_openbsd_note(),
        "abi": notes.abi_note(target.abi, version),
        "manifest": notes.mft_note(mft),
    }


def unikernel(
    arch: Arch,
    target: Target,
    *,
    interp: bytes | None = INTERP,
    with_notes: Mapping[str, bytes] | None = None,
    page_size: int | None = None,
) -> Image:
    """Return a unikernel that writes MESSAGE and ends with status 0.

    Its segments are interp, the notes (the standard ones if not said), text,
    rodata, data and stack, aligned to `page_size`, the cell's if not said. The
    message is in data, where to find it in text.
    """
    page = page_size or tree().page_size(Cell(target.name, arch.name))
    rodata_at = TEXT_START + page
    rodata = bytearray()
    described: list[Segment] = []
    parts = dict(standard_notes(target) if with_notes is None else with_notes)
    if interp is not None:
        parts = {"interp": interp, **parts}
    for name, content in parts.items():
        kind, align = (PT_INTERP, 1) if name == "interp" else (PT_NOTE, 4)
        rodata += bytes(-len(rodata) % 8)
        described.append(Segment(name, kind, PF_R, rodata_at + len(rodata), None, len(content), align))
        rodata += content
    data_at = rodata_at + (len(rodata) + page - 1) // page * page
    text = say(arch, target, data_at, len(MESSAGE))
    return Image(
        Header(arch.elf.machine, entry=TEXT_START, flags=arch.elf.object_flags),
        segments=(
            *described,
            Segment("text", PT_LOAD, PF_R | PF_X, TEXT_START, text, align=FILE_ALIGN),
            Segment("rodata", PT_LOAD, PF_R, rodata_at, bytes(rodata), align=FILE_ALIGN),
            Segment("data", PT_LOAD, PF_R | PF_W, data_at, MESSAGE, len(MESSAGE) + BSS_SIZE, align=FILE_ALIGN),
            Segment("stack", PT_GNU_STACK, PF_R | PF_W, align=8),
        ),
        symbols=tuple(Symbol(name, TEXT_START) for name in SYMBOLS),
    )
