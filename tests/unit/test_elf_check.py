# SPDX-License-Identifier: ISC
"""The checks after linking: each rule finds the file that breaks it, and only that."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from solo5.elf import sample
from solo5.elf.check import guest_faults, main, program_faults
from solo5.elf.numbers import PF_R, PF_W, PF_X, PT_GNU_STACK, PT_INTERP, PT_LOAD, SHT_PROGBITS
from solo5.elf.write import Header, Image, Section, Segment, Symbol
from solo5.errors import BuildError
from solo5.facts import Cell, tree

_CELL = tree().cells()[0]
_ARCH, _TARGET = tree().arch(_CELL.arch), tree().target(_CELL.target)
_ET_DYN = 3
_PT_DYNAMIC = 2
_DT_NULL, _DT_NEEDED, _DT_STRTAB, _DT_TEXTREL, _DT_FLAGS, _DF_TEXTREL = 0, 1, 5, 22, 30, 4
_OPTIONS = b"GNU C11 12.2.0 -O2 -fstack-protector-strong"

Change = Callable[[Image], Image]


def _debug(*records: bytes) -> tuple[Section, ...]:
    content = b"\0".join((b"", b"some string", *records, b""))
    return (Section(".debug_str", SHT_PROGBITS, content),)


def _guest(cell: Cell = _CELL, **notes: bytes) -> Image:
    arch, target = tree().arch(cell.arch), tree().target(cell.target)
    image = sample.unikernel(arch, target, with_notes=sample.standard_notes(target) | notes)
    return dataclasses.replace(image, sections=_debug(_OPTIONS))


def _program(*tags: tuple[int, int]) -> Image:
    dynamic = b"".join(struct.pack("<QQ", *tag) for tag in (*tags, (_DT_STRTAB, 0x1000), (_DT_NULL, 0)))
    return Image(
        Header(_ARCH.elf.machine, type=_ET_DYN, entry=0x1000),
        segments=(
            Segment("text", PT_LOAD, PF_R | PF_X, 0x1000, b"\0libc.so\0".ljust(32, b"\0")),
            Segment("data", PT_LOAD, PF_R | PF_W, 0x2000, dynamic),
            Segment("dynamic", _PT_DYNAMIC, PF_R, 0x2000, None, len(dynamic)),
            Segment("stack", PT_GNU_STACK, PF_R | PF_W),
        ),
        sections=_debug(_OPTIONS),
        symbols=(Symbol("_start", 0x1000), Symbol("__stack_chk_fail", 0x1000)),
    )


def _segment(name: str, **values: int) -> Change:
    return lambda image: image.changed(name, **values)


def _without(name: str) -> Change:
    return lambda image: image.replaced(name)


def _no_symbol(name: str) -> Change:
    return lambda image: dataclasses.replace(image, symbols=tuple(each for each in image.symbols if each.name != name))


def _symbol(name: str, section: int) -> Change:
    return lambda image: dataclasses.replace(image, symbols=(*image.symbols, Symbol(name, section=section)))


def _sections(*records: bytes) -> Change:
    return lambda image: dataclasses.replace(image, sections=_debug(*records) if records else ())


def _header(**values: int) -> Change:
    return lambda image: image.with_header(**values)


def _notes_swapped(image: Image) -> Image:
    first, second = image["not_openbsd"], image["abi"]
    return image.replaced("abi", dataclasses.replace(first, name="x")).replaced("not_openbsd", second)


def _one_note_segment(image: Image) -> Image:
    """Describe two notes by one PT_NOTE, as a plain linker does."""
    abi, manifest = image["abi"], image["manifest"]
    size = manifest.addr + (manifest.mem_bytes or 0) - abi.addr
    return image.changed("abi", mem_bytes=size).replaced("manifest")


def _text_too_low(image: Image) -> Image:
    return image.changed("text", addr=0x80000).with_header(entry=0x80000)


def _text_elsewhere(image: Image) -> Image:
    other = _no_symbol("_stext")(image)
    return dataclasses.replace(other, symbols=(*other.symbols, Symbol("_stext", 0x101000)))


def _empty_segment(image: Image) -> Image:
    return image.replaced("data", image["data"], Segment("empty", PT_LOAD, PF_R, 0x200000))


#: What is done to a sound file, and a part of the line that is then said.
_COMMON: dict[str, tuple[Change, str]] = {
    "machine": (_header(machine=8), f"machine 8, not {_ARCH.elf.machine}"),
    "stack executable": (_segment("stack", flags=PF_R | PF_W | PF_X), "its stack is executable"),
    "stack not said": (_without("stack"), "its stack is executable"),
    "writable text": (_segment("text", flags=PF_R | PF_W | PF_X), "is writable and executable"),
    "no stack protector": (_no_symbol("__stack_chk_fail"), "__stack_chk_fail is missing"),
    "unit without stack protector": (
        _sections(_OPTIONS, b"GNU C11 12.2.0 -O2 -fPIE"),
        "a unit without stack protector: GNU C11 12.2.0 -O2 -fPIE",
    ),
    "undefined symbol": (_symbol("memcpy", 0), "symbol memcpy is undefined"),
}

_PROGRAM: dict[str, tuple[Change, str]] = _COMMON | {
    "not PIE": (_header(type=2), "ET_EXEC, not a position independent ET_DYN"),
    "interpreter": (
        lambda image: image.replaced("text", Segment("interp", PT_INTERP, PF_R, 0x1000, None, 1), image["text"]),
        "needs an interpreter",
    ),
    "library": (lambda _: _program((_DT_NEEDED, 1)), "DT_NEEDED"),
    "text relocations": (lambda _: _program((_DT_TEXTREL, 0)), "relocations in its text"),
    "text relocations by flag": (lambda _: _program((_DT_FLAGS, _DF_TEXTREL)), "relocations in its text"),
}

_GUEST: dict[str, tuple[Change, str]] = _COMMON | {
    "not ET_EXEC": (_header(type=_ET_DYN), "ET_DYN, not ET_EXEC"),
    "no interpreter": (_without("interp"), "interpreter [], not"),
    "other interpreter": (_segment("interp", mem_bytes=20), "interpreter [b'/nonexistent/solo5/\\x00'], not"),
    "notes in another order": (_notes_swapped, "not OpenBSD's and then Solo5's"),
    "no OpenBSD note": (_without("not_openbsd"), "not OpenBSD's and then Solo5's"),
    "no manifest": (_without("manifest"), "not OpenBSD's and then Solo5's"),
    "two notes in a PT_NOTE": (_one_note_segment, "not OpenBSD's and then Solo5's"),
    "room behind a note": (
        lambda image: image.changed("abi", mem_bytes=(image["abi"].mem_bytes or 0) + 4),
        "note of type 0x31494241: 40 bytes in its PT_NOTE",
    ),
    "old version": (
        lambda _: _guest(abi=sample.standard_notes(_TARGET, version=1)["abi"]),
        f"ABI target {_TARGET.abi} version 1, not {_TARGET.abi} version {_TARGET.versions[-1]}",
    ),
    "damaged manifest": (
        lambda _: _guest(manifest=sample.standard_notes(_TARGET, mft=bytes(8))["manifest"]),
        "manifest: note: version 0, not 1",
    ),
    "empty segment": (_empty_segment, "segment at 0x200000 is empty"),
    "unaligned": (lambda image: image.changed("data", addr=image["data"].addr + 8), "is not aligned to"),
    "overlap": (_segment("rodata", mem_bytes=0x100000), "where the last one ended"),
    "text too low": (_text_too_low, "begins before 0x100000"),
    "entry outside": (_header(entry=0x10), "entry 0x10 is not in executable memory"),
    "entry in data": (lambda image: image.with_header(entry=image["data"].addr), "is not in executable memory"),
    "no stack guard": (_no_symbol("__stack_chk_guard"), "symbol __stack_chk_guard is missing"),
    "no _ltbss": (_no_symbol("_ltbss"), "symbol _ltbss is missing"),
    "text elsewhere": (_text_elsewhere, "text begins at 0x101000, not 0x100000"),
}


def _written(folder: Path, image: Image, suffix: str = "") -> Path:
    path = folder / f"made{suffix}"
    path.write_bytes(image.encode())
    return path


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_a_sound_guest_breaks_no_rule(cell: Cell, tmp_path: Path) -> None:
    """A unikernel as our linker script makes it passes, in every cell."""
    path = _written(tmp_path, _guest(cell))
    assert () == guest_faults(path, tree().arch(cell.arch), tree().target(cell.target))


def test_a_sound_program_breaks_no_rule(tmp_path: Path) -> None:
    """A static, position independent program passes; a weak symbol may be undefined."""
    assert () == program_faults(_written(tmp_path, _program()), _ARCH)


@pytest.mark.parametrize("name", _GUEST)
def test_a_guest_that_breaks_a_rule_is_found(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each rule for unikernels is one line with file and finding, no other rule speaks, and there is no stamp."""
    change, expected = _GUEST[name]
    path, stamp = _written(tmp_path, change(_guest()), f".{_TARGET.name}"), tmp_path / "stamp"
    status = main(["--arch", _ARCH.name, "--guest", str(path), "--stamp", str(stamp)])
    lines = capsys.readouterr().err.splitlines()
    assert (BuildError.exit_status, 1, False) == (status, len(lines), stamp.exists())
    assert lines[0].startswith(f"error: {path}: ")
    assert expected in lines[0]


@pytest.mark.parametrize("name", _PROGRAM)
def test_a_program_that_breaks_a_rule_is_found(name: str, tmp_path: Path) -> None:
    """Each rule for host programs says what it found, and no other rule speaks."""
    change, expected = _PROGRAM[name]
    found = program_faults(_written(tmp_path, change(_program())), _ARCH)
    assert 1 == len(found)
    assert expected in found[0]


def test_sound_files_get_their_stamp(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The stamp is written once nothing is wrong, and nothing is said."""
    program, guest = _written(tmp_path, _program()), _written(tmp_path, _guest(), f".{_TARGET.name}")
    stamp = tmp_path / "stamp"
    words = ["--arch", _ARCH.name, "--program", str(program), "--guest", str(guest), "--stamp", str(stamp)]
    assert 0 == main(words)
    assert stamp.exists()
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\x7fELF", b"#!/bin/sh\n", None], ids=["empty", "cut", "script", "missing"])
def test_what_is_no_elf_file_is_one_line(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that cannot be read is a fault like any other."""
    path = tmp_path / f"made.{_TARGET.name}"
    if content is not None:
        path.write_bytes(content)
    words = ["--arch", _ARCH.name, "--guest", str(path), "--stamp", str(tmp_path / "stamp")]
    assert BuildError.exit_status == main(words)
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path}: cannot be read: ")
    assert 1 == len(said.splitlines())


def test_a_suffix_that_is_no_target_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A guest's target is its file's suffix; an unknown one shows the known."""
    path = _written(tmp_path, _guest(), ".nothing")
    words = ["--arch", _ARCH.name, "--guest", str(path), "--stamp", str(tmp_path / "stamp")]
    assert BuildError.exit_status == main(words)
    assert "target 'nothing': not known; known: " in capsys.readouterr().err
