# SPDX-License-Identifier: ISC
"""ELF files: the tenders' C, the rules, elftool and readelf all read the same."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import elves
import pytest
from elves import PF_R, PF_W, PF_X, PT_LOAD, File, Phdr
from hypothesis import assume, given
from hypothesis import strategies as st

from solo5 import tender
from solo5.elf.manifest import Device, DeviceType, Manifest
from solo5.elf.read import notes_of
from solo5.errors import UsageError
from solo5.facts import tree

_MEM = 4 << 20
_MFT = Manifest((Device("disk", DeviceType.BLOCK_BASIC),)).encode()
_NOTES = (elves.abi_note(), elves.mft_note(_MFT))
_ARCHS = tender.arch_names()


def _good(arch: str) -> File:
    """Return a unikernel of text, constants and data, for an architecture."""
    elf = tree().arch(arch).elf
    page, text = elf.page_size, 0x100000
    return File(
        elf,
        (
            Phdr(PT_LOAD, PF_R | PF_X, 0x1000, text, 0x800, 0x800, page),
            Phdr(PT_LOAD, PF_R, 0x2000, text + page, 0x10, 0x10, page),
            Phdr(PT_LOAD, PF_R | PF_W, 0x3000, text + 2 * page, 0x20, 3 * page, page),
        ),
        _NOTES,
    )


def _read(data: bytes, arch: str, host_page: int = 4096) -> tender.Image | None:
    try:
        return tender.elf_read(data, arch, mem_bytes=_MEM, host_page_bytes=host_page)
    except tender.RefusedError:
        return None


_interesting = st.one_of(
    st.sampled_from([0, 1, 0x800, 0xFFF, 0x1000, 0x1001, 0x10000, 0x20000, 0xFF000, 0x100000, 0x101000, 0x110000]),
    st.sampled_from([_MEM - 0x10000, _MEM - 1, _MEM, _MEM + 1, 1 << 31, 1 << 32, 1 << 63, (1 << 64) - 0x1000]),
    st.integers(0, (1 << 64) - 1),
)
_loads = st.builds(Phdr, st.just(PT_LOAD), st.integers(0, 7), *([_interesting] * 5))
_notes = st.sampled_from(
    [
        *_NOTES,
        elves.abi_note(version=1),
        elves.abi_note(version=3),
        elves.abi_note(target=1),
        elves.abi_note(size=17),
        elves.abi_note(owner=b"Other"),
        elves.mft_note(b""),
        elves.mft_note(bytes(6664)),
        elves.mft_note(bytes(6665)),
        b"",
        b"short",
    ]
)


@st.composite
def _files(draw: st.DrawFn, arch: str) -> tuple[File, int]:
    """Make a file that is good but for a few changes, and a host's page size."""
    file = _good(arch)
    for _ in range(draw(st.integers(0, 3))):
        field = draw(st.sampled_from(["flags", "offset", "vaddr", "filesz", "memsz", "align"]))
        value = draw(st.integers(0, 7)) if field == "flags" else draw(_interesting)
        file = elves.with_load(file, draw(st.integers(0, 2)), **{field: value})
    loads, notes = list(file.loads), list(file.notes)
    if draw(st.booleans()):
        loads.insert(draw(st.integers(0, 3)), draw(st.one_of(_loads, st.just(Phdr(PT_LOAD, 6, 0, 0, 0, 0)))))
    if draw(st.booleans()):
        notes.insert(draw(st.integers(0, 2)), draw(_notes))
    if draw(st.integers(0, 4)) == 0:
        notes.pop(draw(st.integers(0, len(notes) - 1)))
    entry = draw(st.sampled_from([0x100000] * 4 + [0, 0xFFFFF, 0x1007FF, 0x100800, 0x101000, (1 << 64) - 1]))
    made = File(file.elf, tuple(loads), tuple(notes), entry, draw(st.sampled_from([2] * 9 + [3])))
    return made, draw(st.sampled_from([4096, 4096, 16384, 65536]))


@pytest.mark.parametrize("arch", _ARCHS)
@given(data=st.data())
def test_c_reads_made_files_by_the_rules(arch: str, data: st.DataObject) -> None:
    """Of a file that is good, or wrong in a few fields, C makes what the rules say."""
    file, host_page = data.draw(_files(arch))
    packed = file.pack()
    assert elves.plan(packed, file.elf, _MEM, host_page) == _read(packed, arch, host_page)


@pytest.mark.parametrize("arch", _ARCHS)
@given(data=st.data())
def test_c_reads_mutated_files_by_the_rules(arch: str, data: st.DataObject) -> None:
    """With bytes of headers and notes changed, or the file cut, C makes what the rules say."""
    damaged = bytearray(_good(arch).pack())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 800))
        damaged[at] = data.draw(st.one_of(st.sampled_from([0, 1, 2, 4, 0x10, 0x7F, 0x80, 0xFF]), st.integers(0, 255)))
    size = data.draw(st.one_of(st.just(len(damaged)), st.integers(0, len(damaged))))
    cut = bytes(damaged[:size])
    assert elves.plan(cut, tree().arch(arch).elf, _MEM, 4096) == _read(cut, arch)


@pytest.mark.parametrize("arch", _ARCHS)
@given(data=st.data())
def test_elftool_reads_the_notes_that_c_reads(arch: str, data: st.DataObject) -> None:
    """Where C accepts a file, elftool finds the same ABI version and the same manifest in it."""
    file, _ = data.draw(_files(arch))
    packed = file.pack()
    image = _read(packed, arch)
    try:
        notes = notes_of(io.BytesIO(packed))
    except UsageError:
        notes = None
    if image is not None:
        assert notes is not None
        assert (file.elf.machine, 2, image.abi_version) == (notes.machine, notes.abi, notes.version)
        assert image.mft == notes.mft


@given(st.data())
def test_elftool_survives_any_damage(data: st.DataObject) -> None:
    """Any bytes at all end in an answer or in one line."""
    damaged = bytearray(_good(_ARCHS[0]).pack())
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, 500))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    said = ""
    try:
        notes_of(io.BytesIO(cut))
    except UsageError as cause:
        said = str(cause)
    assert len(said.splitlines()) <= 1


_READELF_LOAD = re.compile(r"^\s*LOAD\s+(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+(\S+)\s+([RWE ]{3})\s", re.MULTILINE)


def _readelf_segments(path: Path) -> tuple[tender.Segment, ...]:
    done = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True)
    segments = []
    for offset, addr, filesz, memsz, flags in _READELF_LOAD.findall(done.stdout):
        prot = tender.READ | (tender.WRITE if "W" in flags else 0) | (tender.EXEC if "E" in flags else 0)
        at, memory, file_at, file = (int(each, 16) for each in (addr, memsz, offset, filesz))
        segments.append(tender.Segment(at, memory, file_at, file, prot))
    return tuple(each for each in segments if each.mem_bytes)


@pytest.mark.parametrize("arch", _ARCHS)
def test_readelf_sees_the_segments_that_c_loads(arch: str, tmp_path: Path) -> None:
    """For files that we accept, binutils lists the same segments: addresses, sizes, protection."""
    empty = Phdr(PT_LOAD, PF_R | PF_W, 0, 0, 0, 0)
    good = _good(arch)
    variants = (good, elves.with_load(good, 0, flags=PF_X), File(good.elf, (*good.loads, empty), _NOTES))
    for number, file in enumerate(variants):
        path = tmp_path / str(number)
        path.write_bytes(file.pack())
        image = _read(file.pack(), arch)
        assert image is not None
        assert _readelf_segments(path) == image.segments


_REFUSED = {
    "writable and executable": ({"flags": 7}, "writable and executable"),
    "not aligned": ({"vaddr": 0x100800}, "not aligned"),
    "below the guest's memory": ({"vaddr": 0}, "the tender's memory"),
    "outside the file": ({"offset": 1 << 40}, "outside the file"),
    "more in the file than in memory": ({"filesz": 0x801}, "larger in the file"),
    "does not fit": ({"memsz": 1 << 40}, "does not fit"),
    "wraps": ({"memsz": (1 << 64) - 1}, "does not fit"),
    "overlaps the next": ({"memsz": 0x20000, "filesz": 0}, "overlap"),
    "alignment no power of two": ({"align": 3}, "power of two"),
}


@pytest.mark.parametrize(("fields", "says"), _REFUSED.values(), ids=_REFUSED)
def test_a_broken_rule_is_named(fields: dict[str, int], says: str) -> None:
    """Each rule about segments has a line of its own."""
    file = elves.with_load(_good(_ARCHS[0]), 0, **fields)
    with pytest.raises(tender.RefusedError, match=says):
        tender.elf_read(file.pack(), _ARCHS[0], mem_bytes=_MEM)


def test_memory_that_ends_with_the_segments_is_refused_with_the_numbers() -> None:
    """A guest without room for a stack does not start; the line has both numbers."""
    file, arch = _good(_ARCHS[0]), _ARCHS[0]
    end = tender.elf_read(file.pack(), arch, mem_bytes=_MEM).end
    with pytest.raises(tender.RefusedError, match=f"{end} .*{end} bytes"):
        tender.elf_read(file.pack(), arch, mem_bytes=end)


class _Recorded:
    """A file that remembers which bytes were read."""

    def __init__(self, data: bytes, *, until: int | None = None) -> None:
        """Keep the bytes; only `until` reads succeed."""
        self._data = data
        self._until = until
        self.reads: list[tuple[int, int]] = []

    def _read(self, offset: int, size: int) -> bytes:
        self.reads.append((offset, offset + size))
        shorter = self._until is not None and len(self.reads) > self._until
        return self._data[offset : offset + size][: size - 1 if shorter else size]

    def file(self) -> tender.File:
        """Return it for elf_read."""
        return tender.File(len(self._data), self._read)


def _apart(ranges: list[tuple[int, int]]) -> bool:
    return all(end <= start for (_, end), (start, _) in itertools.pairwise(sorted(ranges)))


@pytest.mark.parametrize("arch", _ARCHS)
def test_no_byte_of_headers_and_notes_is_read_twice(arch: str) -> None:
    """What is checked is what is used: header, program headers and each note are read once, and nothing else."""
    recorded = _Recorded(_good(arch).pack())
    tender.elf_read(recorded.file(), arch, mem_bytes=_MEM)
    assert 2 + len(_NOTES) == len(recorded.reads)
    assert _apart(recorded.reads)


@pytest.mark.parametrize("arch", _ARCHS)
@pytest.mark.parametrize("until", range(2 + len(_NOTES)))
def test_a_file_that_becomes_shorter_is_refused(arch: str, until: int) -> None:
    """Wherever it is cut while it is read: one line."""
    recorded = _Recorded(_good(arch).pack(), until=until)
    with pytest.raises(tender.RefusedError, match="shorter"):
        tender.elf_read(recorded.file(), arch, mem_bytes=_MEM)
    assert until + 1 == len(recorded.reads)


@pytest.mark.parametrize("arch", _ARCHS)
@given(data=st.data())
def test_a_file_that_changes_is_read_as_one_that_was_so_all_along(arch: str, data: st.DataObject) -> None:
    """Bytes that differ at each read make what the rules say of the bytes that were read."""
    whole = _good(arch).pack()
    change = st.tuples(st.integers(0, 800), st.sampled_from([0, 1, 2, 4, 0x10, 0x80, 0xFF]))
    changes = data.draw(st.lists(st.lists(change, max_size=3), min_size=6, max_size=6))
    seen, reads = bytearray(whole), list[tuple[int, int]]()

    def read(offset: int, size: int) -> bytes:
        now = bytearray(whole)
        for at, value in changes[len(reads) % len(changes)]:
            now[at] = value
        reads.append((offset, offset + size))
        seen[offset : offset + size] = now[offset : offset + size]
        return bytes(now[offset : offset + size])

    try:
        image = tender.elf_read(tender.File(len(whole), read), arch, mem_bytes=_MEM)
    except tender.RefusedError:
        image = None
    # What was changed may be where to read.
    assume(_apart(reads))
    assert elves.plan(bytes(seen), tree().arch(arch).elf, _MEM, 4096) == image


def test_headers_are_at_most_as_many_as_are_kept() -> None:
    """128 program headers are read; one more is refused with the number."""
    good = _good(_ARCHS[0])
    empty = Phdr(0, 0, 0, 0, 0, 0)
    most = replace(good, loads=(*good.loads, *[empty] * (128 - len(good.loads) - len(_NOTES))))
    assert _read(most.pack(), _ARCHS[0]) is not None
    with pytest.raises(tender.RefusedError, match=r"^129 program headers; at most 128"):
        tender.elf_read(replace(most, loads=(*most.loads, empty)).pack(), _ARCHS[0], mem_bytes=_MEM)
