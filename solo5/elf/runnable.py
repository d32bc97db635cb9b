# SPDX-License-Identifier: ISC
"""The rules for a whole unikernel file: what a tender runs, and solo5-elftool reads.

The tenders' C has the same rules (tenders/common/elf_image.c, manifest.c), since neither can use the other's
code; tests/tenders/test_elf.py holds the two against each other, in both directions. A file of a target that
has a tender is accepted here if, and only if, a tender of its target and machine that knows its ABI version
runs it with the most memory (--mem) on a host with pages of 4 KiB. So all that a tender refuses besides is
not in the file alone:

* a target or machine that is not the tender's own, or an ABI version that it does not know, 0 among them;
* segments that do not fit into the memory of --mem, or leave no page for a stack;
* segments of different rights that share a page of a host with larger pages;
* a command line whose devices are not those of the manifest; a file that is no regular one.

A target without a tender (virtio, other people's) has a loader with rules of its own: header, notes and
manifest are checked all the same, segments and entry point are not, and its machine may be any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Final, NoReturn

from solo5.elf.layout import TEXT_START
from solo5.elf.manifest import Manifest
from solo5.elf.numbers import ET_EXEC, PF_R, PF_W, PF_X, PT_LOAD
from solo5.elf.read import Headers, Notes, ProgramHeader, headers_of, notes_of
from solo5.errors import UsageError
from solo5.facts import Tree

__all__ = ["Segment", "Unikernel", "unikernel_of"]

_MOST_SEGMENTS: Final = 32


@dataclass(frozen=True)
class Segment:
    """What is loaded, and where; addresses are the guest's, sizes bytes."""

    addr: int
    mem_bytes: int
    file_offset: int
    file_bytes: int
    rights: int
    """PF_R, and PF_W or PF_X or neither."""

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        return self.addr + self.mem_bytes


@dataclass(frozen=True)
class Unikernel:
    """A file that keeps every rule."""

    notes: Notes
    manifest: Manifest
    entry: int
    segments: tuple[Segment, ...]
    """Ascending; empty if the target has no tender."""


def unikernel_of(file: IO[bytes], of: Tree) -> Unikernel:
    """Read an open file. Raises UsageError, without a path, with the rule that it breaks."""
    headers = headers_of(file)
    notes = notes_of(file, headers)
    manifest = notes.manifest()
    if headers.type != ET_EXEC:
        _refuse(f"not an executable: ELF type {headers.type}, not {ET_EXEC}")
    mem_max = next((target.mem_max for target in of.targets() if target.abi == notes.abi), None)
    segments: tuple[Segment, ...] = ()
    if mem_max is not None:
        page_bytes = next((arch.elf.page_size for arch in of.archs() if arch.elf.machine == headers.machine), None)
        if page_bytes is None:
            _refuse(f"made for ELF machine {headers.machine}; known: {', '.join(of.arch_names)}")
        segments = _segments(headers, page_bytes, mem_max)
        _check_entry(headers.entry, segments)
    return Unikernel(notes, manifest, headers.entry, segments)


def _refuse(message: str) -> NoReturn:
    raise UsageError(message)


def _segments(headers: Headers, page_bytes: int, mem_max: int) -> tuple[Segment, ...]:
    """Return what is loaded. Some files have a PT_LOAD without memory, where no .tdata is."""
    segments: list[Segment] = []
    end = TEXT_START
    for each in headers.program:
        if each.type != PT_LOAD or each.mem_bytes == 0:
            continue
        fault = _fault(each, headers.file_bytes, page_bytes, end, mem_max)
        if len(segments) == _MOST_SEGMENTS:
            fault = "is one too many"
        if fault is not None:
            _refuse(f"segment at {each.addr:#x}, {each.mem_bytes} bytes, {each.file_bytes} in the file: it {fault}")
        # Execute-only text holds constants, too.
        rights = PF_R | each.flags & (PF_W | PF_X)
        segments.append(Segment(each.addr, each.mem_bytes, each.offset, each.file_bytes, rights))
        end = segments[-1].end
    if not segments:
        _refuse("damaged: nothing to load")
    if -(-end // page_bytes) * page_bytes >= mem_max:
        _refuse(f"the segments end at {end:#x} and leave no room for a stack in the most memory, {mem_max} bytes")
    return tuple(segments)


def _fault(each: ProgramHeader, file_bytes: int, page_bytes: int, least: int, mem_max: int) -> str | None:
    """Return what is wrong with a segment that may begin at `least`; None: nothing."""
    rules = {
        "is larger in the file": each.file_bytes > each.mem_bytes,
        # Without bytes in the file, the offset means nothing.
        "lies outside the file": each.file_bytes > 0 and each.offset + each.file_bytes > file_bytes,
        "is not aligned to a page": each.addr % page_bytes != 0,
        "has an alignment that is no power of two": each.align & (each.align - 1) != 0,
        "begins in the tender's memory": each.addr < TEXT_START,
        "overlaps the one before, or does not ascend": each.addr < least,
        f"does not fit into the most memory, {mem_max} bytes": each.addr + each.mem_bytes > mem_max,
        "is writable and executable; link it apart": each.flags & PF_W and each.flags & PF_X,
    }
    return next((fault for fault, is_so in rules.items() if is_so), None)


def _check_entry(entry: int, segments: tuple[Segment, ...]) -> None:
    """Raise UsageError unless the entry point is a byte of code that is in the file."""
    inside = next((each for each in segments if each.rights & PF_X and each.addr <= entry < each.end), None)
    if inside is None:
        _refuse(f"entry point {entry:#x} lies outside the executable segments")
    if entry >= inside.addr + inside.file_bytes:
        wrong = "has no bytes in the file; give the program itself, not its debug information"
        _refuse(f"entry point {entry:#x} {wrong}")
