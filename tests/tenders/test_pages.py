# SPDX-License-Identifier: ISC
"""Which memory is whose: segments' pages, the tables made of them, and what a tender reads and writes for its guest."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import elves
import pytest
from elves import PF_R, PF_W, PF_X, PT_LOAD, Phdr
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tables import Format, Made, Range, builder, merged

from solo5 import launch, tender
from solo5.builder import build
from solo5.elf.manifest import Manifest
from solo5.elf.sample import say
from solo5.facts import Arch, tree

_LOW, _GUEST_MIN, _MEM, _MIB = 0x10000, 0x100000, 16 << 20, 1 << 20
#: In the file.
_TEXT_AT = 0x1000
_NOTES = (elves.abi_note(), elves.mft_note(Manifest(()).encode()))
_FORMATS = Path(__file__).parent / "formats"
#: Formats of page tables, each with an architecture whose guests it serves.
_TABLES = {
    **{path.parent.name: (path, path.parent.name) for path in (tree().root / "tenders" / "arch").glob("*/machine.c")},
    "sv39": (_FORMATS / "sv39.c", "x86_64"),
    "radix_4k": (_FORMATS / "radix_4k.c", "ppc64le"),
    "radix_64k": (_FORMATS / "radix_64k.c", "ppc64le"),
    "radix_64k, segments of 4 KiB": (_FORMATS / "radix_64k.c", "x86_64"),
}
_RIGHTS = (PF_R, PF_R | PF_X, PF_R | PF_W, PF_X)

#: Pages before a segment, whole pages of it, bytes more, rights.
_segment = st.tuples(
    st.sampled_from([0, 0, 0, 1, 2, 15, 16, 33, 511, 512]),
    st.sampled_from([0, 0, 1, 2, 15, 16, 17, 511, 512, 513, 1024]),
    st.sampled_from([0, 1, 511, 512, 0x7FF, 0xFFF]),
    st.sampled_from(_RIGHTS),
)


def _file(arch: Arch, layout: list[tuple[int, int, int, int]], text: bytes = b"\0") -> tuple[bytes, int]:
    """Return a unikernel of text and segments behind it, and the last one's address."""
    page, at = arch.elf.page_size, _TEXT_AT
    loads = [Phdr(PT_LOAD, PF_R | PF_X, at, _GUEST_MIN, len(text), len(text))]
    for gap, pages, more, flags in layout:
        start = -(-(loads[-1].vaddr + loads[-1].memsz) // page) * page + gap * page
        loads.append(Phdr(PT_LOAD, flags, at, start, 0, pages * page + more or 1))
    headers = elves.File(arch.elf, tuple(loads), _NOTES, room=at).pack()
    return headers[:at] + text, loads[-1].vaddr


def _loaded(data: st.DataObject, arch: Arch, page: int) -> tender.Loaded:
    """Return a unikernel whose layout a tender with pages of that size accepts."""
    layout = data.draw(st.lists(_segment, max_size=6))
    try:
        return tender.Loaded(_file(arch, layout)[0], arch.name, mem_bytes=_MEM, host_page_bytes=page)
    except tender.RefusedError:
        assume(False)
        raise


@pytest.mark.parametrize("page", [0x1000, 0x4000, 0x10000])
@pytest.mark.parametrize("arch", tender.arch_names())
@settings(max_examples=60)
@given(data=st.data())
def test_a_page_has_the_rights_of_what_lies_in_it(arch: str, page: int, data: st.DataObject) -> None:
    """Page by page: the rights of the segments that have a byte there, of the heap behind them, or none."""
    loaded = _loaded(data, tree().arch(arch), page)
    wanted = dict.fromkeys(range(loaded.image.end, _MEM, page), PF_R | PF_W)
    for each in loaded.image.segments:
        for at in range(each.addr // page * page, each.addr + each.mem_bytes, page):
            assert each.rights == wanted.setdefault(at, each.rights)
    found = [(at, each.rights) for each in loaded.pages() for at in range(each.start, each.end, page)]
    assert sorted(wanted.items()) == found


@dataclass(frozen=True)
class _Tables:
    arch: Arch
    format: Format


@pytest.fixture(scope="module", params=_TABLES)
def made_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Tables:
    """Return a format, and an architecture."""
    path, arch = _TABLES[request.param]
    return _Tables(tree().arch(arch), builder("tenders", path, tmp_path_factory.mktemp("format")).format)


def _reachable(mapped: list[Range], right: int) -> list[Range]:
    """Return where a program can do that, neighbours together."""
    return merged([Range(each.start, each.end, right) for each in mapped if each.rights & right])


@settings(max_examples=40)
@given(data=st.data())
def test_a_tender_does_what_the_guests_page_tables_allow(made_of: _Tables, data: st.DataObject) -> None:
    """Of any layout: solo5-hvt reads and writes exactly what its guest can read and write by the tables that it made.

    Ranges begin and end at, before and behind each border; so they begin in one segment and end in another.
    """
    page = 1 << made_of.format.page_shift
    loaded = _loaded(data, made_of.arch, page)
    made = loaded.tables(ctypes.addressof(made_of.format), start=0x200000000, room=_MIB)
    mapped = Made(made_of.format, made.start, made.memory, made.used, complete=True).mapped()
    segments = [at for each in loaded.image.segments for at in (each.addr, each.addr + each.mem_bytes)]
    borders = {at for each in mapped for at in (each.start, each.end)} | {*segments, loaded.image.end, _LOW, _MEM}
    points = sorted({at + by for at in borders for by in (-1, 0, 1)} | {0, _GUEST_MIN - 1})
    for write, right in ((False, PF_R), (True, PF_W)):
        can = _reachable(mapped, right)
        for start, end in itertools.combinations(points, 2):
            allowed = any(each.start <= start and end <= each.end for each in can)
            assert allowed == loaded.may(start, end - start, _LOW, write=write), (hex(start), hex(end), write)


#: /proc/PID/maps (proc(5)).
_MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) ([r-])([w-])([x-])", re.MULTILINE)


def _kernels_account(pid: int) -> list[Range]:
    """Return what a process can reach of a guest's memory."""
    ranges = []
    for start, end, *letters in _MAPPING.findall(Path(f"/proc/{pid}/maps").read_text()):
        rights = sum(right for right, letter in zip((PF_R, PF_W, PF_X), letters, strict=True) if letter != "-")
        if _LOW <= int(start, 16) < _MEM and rights:
            ranges.append(Range(int(start, 16), int(end, 16), rights))
    return merged(ranges)


@pytest.fixture(scope="module")
def spt() -> tuple[Arch, Path]:
    """Return this host's architecture, and its solo5-spt."""
    arch = tree().host_arch()
    if arch is None:
        pytest.skip("this host's architecture is not in the tree")
    return arch, Path(launch.of(tree().target("spt"), tree()).program_in(build(arch)))


@settings(max_examples=30)
@given(data=st.data())
def test_spt_protects_the_same_pages(
    spt: tuple[Arch, Path], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """While an spt guest runs, its memory has, by the kernel's account, the rights of its pages, and no others."""
    arch, program = spt
    page = os.sysconf("SC_PAGESIZE")
    layout = [*data.draw(st.lists(_segment, max_size=5)), (0, 128, 0, PF_R | PF_W)]
    # More than a pipe holds: when the first byte comes, the guest stands still.
    size = 1 << 17
    _, bss = _file(arch, layout)
    file, _ = _file(arch, layout, say(arch, tree().target("spt"), bss, size))
    try:
        loaded = tender.Loaded(file, arch.name, mem_bytes=_MEM, host_page_bytes=page)
    except tender.RefusedError:
        assume(False)
        raise
    path = tmp_path_factory.mktemp("spt") / "guest"
    path.write_bytes(file)
    process = subprocess.Popen([program, f"--mem={_MEM // _MIB}", path], stdout=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    with process.stdout as console:
        assert b"\0" == console.read(1)
        found = _kernels_account(process.pid)
        process.kill()
        assert -signal.SIGKILL == process.wait()
    pages = [Range(each.start, each.end, each.rights) for each in loaded.pages()]
    assert merged([Range(_LOW, 0x20000, PF_R), *pages]) == found
