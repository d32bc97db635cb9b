# SPDX-License-Identifier: ISC
"""Looks at what the linker made, before anything runs it.

    python -m solo5.elf.check --arch ARCH [--program FILE]... [--guest FILE]... --stamp FILE

Each rule that a file breaks is one line: file, rule, what was found. The stamp
is written only if there is none. A guest's target is its file's suffix.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from elftools.common.exceptions import ELFError
from elftools.construct import ConstructError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from solo5.elf import notes
from solo5.elf.layout import ENTRY, GUARD, GUARD_FAILED, INTERP, LAYOUT_SYMBOLS, TEXT_START
from solo5.elf.numbers import PF_W, PF_X, SYMBOL_FORMAT
from solo5.elf.read import notes_of
from solo5.errors import BuildError, Solo5Error
from solo5.facts import Arch, Cell, Target, Tree, tree

__all__ = ["DAMAGE", "guest_faults", "main", "program_faults"]

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
_DF_TEXTREL: Final = 4
_SYMBOL: Final = struct.Struct(f"<{SYMBOL_FORMAT}")
_SHN_UNDEF: Final = 0
_STB_WEAK: Final = 2
#: How records of a C compiler and its options begin (DWARF 5, DW_AT_producer).
_RECORDS: Final = b"GNU C"


@dataclass(frozen=True)
class _Symbol:
    value: int
    is_undefined: bool
    is_weak: bool


def _symbols(elf: ELFFile) -> dict[str, _Symbol]:
    """Return the file's symbols. Not by pyelftools' own, which take ten times as long."""
    table = elf.get_section_by_name(".symtab")
    if table is None:
        return {}
    names = elf.get_section(table["sh_link"]).data()
    found = {}
    for name_at, info, _, section, value, _ in _SYMBOL.iter_unpack(table.data()):
        name = names[name_at : names.index(b"\0", name_at)].decode()
        found[name] = _Symbol(value, section == _SHN_UNDEF, info >> 4 == _STB_WEAK)
    found.pop("", None)
    return found


def _machine_of(file: IO[bytes]) -> int:
    """Return e_machine as a number; pyelftools has names for those it knows."""
    file.seek(18)
    return int.from_bytes(file.read(2), "little")


def _common(elf: ELFFile, machine: int, symbols: dict[str, _Symbol]) -> Iterator[str]:
    """Rules for every file that we link."""
    found = _machine_of(elf.stream)
    if found != machine:
        yield f"machine {found}, not {machine}"
    stacks = list(elf.iter_segments("PT_GNU_STACK"))
    if len(stacks) != 1 or stacks[0]["p_flags"] & PF_X:
        yield "its stack is executable (PT_GNU_STACK)"
    for segment in elf.iter_segments("PT_LOAD"):
        if segment["p_flags"] & PF_W and segment["p_flags"] & PF_X:
            yield f"segment at {segment['p_vaddr']:#x} is writable and executable"
    for name, symbol in symbols.items():
        if symbol.is_undefined and not symbol.is_weak:
            yield f"symbol {name} is undefined"
    yield from _stack_protector(elf, symbols)


def _stack_protector(elf: ELFFile, symbols: dict[str, _Symbol]) -> Iterator[str]:
    """Require it of the whole, and of every unit whose debug information tells its options.

    The symbol alone says little: a C library brings it along. Units whose
    compiler records no options were asked as they were compiled
    (toolchains/guarded.h).
    """
    if GUARD_FAILED not in symbols:
        yield f"no stack protector in it: symbol {GUARD_FAILED} is missing"
    strings = elf.get_section_by_name(".debug_str")
    records = [] if strings is None else [each for each in strings.data().split(b"\0") if each.startswith(_RECORDS)]
    for record in records:
        if b" -fstack-protector" not in record:
            yield f"a unit without stack protector: {record.decode(errors='replace')}"


def program_faults(file: Path, arch: Arch) -> tuple[str, ...]:
    """Return what is wrong with a host program: a static PIE is wanted."""
    with file.open("rb") as raw:
        elf = ELFFile(raw)
        return (*_common(elf, arch.elf.machine, _symbols(elf)), *_program(elf))


def _program(elf: ELFFile) -> Iterator[str]:
    if elf["e_type"] != "ET_DYN":
        yield f"{elf['e_type']}, not a position independent ET_DYN"
    if any(elf.iter_segments("PT_INTERP")):
        yield "needs an interpreter: not static"
    dynamic = (segment for segment in elf.iter_segments("PT_DYNAMIC") if isinstance(segment, DynamicSegment))
    tags = [tag for segment in dynamic for tag in segment.iter_tags()]
    for tag in tags:
        if tag["d_tag"] == "DT_NEEDED":
            yield "needs a library (DT_NEEDED): not static"
        elif tag["d_tag"] == "DT_TEXTREL" or (tag["d_tag"] == "DT_FLAGS" and tag["d_val"] & _DF_TEXTREL):
            yield f"relocations in its text ({tag['d_tag']})"


def guest_faults(file: Path, arch: Arch, target: Target, at: Tree | None = None) -> tuple[str, ...]:
    """Return what is wrong with a unikernel."""
    page_size = (at or tree()).page_size(Cell(target.name, arch.name))
    with file.open("rb") as raw:
        elf = ELFFile(raw)
        symbols = _symbols(elf)
        return (
            *_common(elf, arch.elf.machine, symbols),
            *_guest_notes(elf, target),
            *_guest_segments(elf, page_size),
            *_guest_symbols(symbols),
        )


def _guest_notes(elf: ELFFile, target: Target) -> Iterator[str]:
    interp = [segment.data() for segment in elf.iter_segments("PT_INTERP")]
    if interp != [INTERP]:
        yield f"interpreter {interp}, not {INTERP!r}"
    # Owner and type of the one note in each PT_NOTE, OpenBSD's first: it looks no further.
    heads = [notes.HEADER.unpack_from(segment.data()) for segment in elf.iter_segments("PT_NOTE")]
    kinds = [(owner.rstrip(b"\0"), kind) for _, _, kind, owner in heads]
    wanted = {(b"OpenBSD", notes.NOT_OPENBSD), (b"Solo5", notes.ABI1), (b"Solo5", notes.MFT1)}
    if set(kinds) != wanted or len(kinds) != len(wanted) or kinds[0] != (b"OpenBSD", notes.NOT_OPENBSD):
        yield f"notes {kinds}, not OpenBSD's and then Solo5's ABI1 and MFT1, each in a PT_NOTE"
        return
    for segment in elf.iter_segments("PT_NOTE"):
        size, kind = notes.HEADER.unpack_from(segment.data())[1:3]
        if segment["p_filesz"] != notes.HEADER.size + size:
            yield f"note of type {kind:#x}: {segment['p_filesz']} bytes in its PT_NOTE"
    found = notes_of(elf.stream)
    if (found.abi, found.version) != (target.abi, target.versions[-1]):
        yield f"ABI target {found.abi} version {found.version}, not {target.abi} version {target.versions[-1]}"
    found.manifest()


def _guest_segments(elf: ELFFile, page_size: int) -> Iterator[str]:
    if elf["e_type"] != "ET_EXEC":
        yield f"{elf['e_type']}, not ET_EXEC"
    end = TEXT_START
    entry_inside = False
    for segment in elf.iter_segments("PT_LOAD"):
        start, size = segment["p_vaddr"], segment["p_memsz"]
        if size == 0:
            yield f"segment at {start:#x} is empty"
        if start % page_size:
            yield f"segment at {start:#x} is not aligned to {page_size:#x}"
        if start < end:
            yield f"segment at {start:#x} begins before {end:#x}, where the last one ended"
        end = start + size
        entry_inside |= bool(segment["p_flags"] & PF_X) and start <= elf["e_entry"] < end
    if not entry_inside:
        yield f"entry {elf['e_entry']:#x} is not in executable memory"


def _guest_symbols(symbols: dict[str, _Symbol]) -> Iterator[str]:
    for name in (ENTRY, GUARD, *LAYOUT_SYMBOLS):
        if name not in symbols:
            yield f"symbol {name} is missing"
    if "_stext" in symbols and symbols["_stext"].value != TEXT_START:
        yield f"text begins at {symbols['_stext'].value:#x}, not {TEXT_START:#x}"


def _faults_of(file: Path, arch: Arch, guest: bool) -> tuple[str, ...]:  # noqa: FBT001 - of two kinds of files
    try:
        if guest:
            return guest_faults(file, arch, tree().target(file.suffix.removeprefix(".")))
        return program_faults(file, arch)
    except (*DAMAGE, OSError, Solo5Error) as cause:
        return (f"cannot be read: {cause}",)


def main(argv: Sequence[str] | None = None) -> int:
    """Check files; return 0, or BuildError's status after one line for each fault."""
    parser = argparse.ArgumentParser(prog="solo5.elf.check")
    parser.add_argument("--arch", required=True)
    parser.add_argument("--program", nargs="*", default=[], type=Path)
    parser.add_argument("--guest", nargs="*", default=[], type=Path)
    parser.add_argument("--stamp", required=True, type=Path)
    args = parser.parse_args(argv)
    try:
        arch = tree().arch(args.arch)
    except Solo5Error as cause:
        print(f"error: {cause}", file=sys.stderr)
        return cause.exit_status
    files = [(file, False) for file in args.program] + [(file, True) for file in args.guest]
    faults = [f"{file}: {fault}" for file, guest in files for fault in _faults_of(file, arch, guest)]
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    if faults:
        return BuildError.exit_status
    args.stamp.write_text("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
