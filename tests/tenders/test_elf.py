# SPDX-License-Identifier: ISC
"""ELF files: the tenders' C, the rules, elftool and readelf all read the same."""

from __future__ import annotations

import collections
import functools
import io
import itertools
import re
import struct
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import elves
import pytest
from elves import PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE, File, Phdr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solo5 import launch, tender
from solo5.builder import build
from solo5.elf import sample
from solo5.elf.elftool import main as elftool
from solo5.elf.layout import TEXT_START
from solo5.elf.manifest import Device, DeviceType, Manifest
from solo5.elf.read import notes_of
from solo5.elf.runnable import Segment
from solo5.errors import UsageError
from solo5.facts import Cell, Target, tree
from solo5.matrix.cases import load_guests
from solo5.matrix.jobs import fixture
from solo5.matrix.programs import Programs

_MEM = 4 << 20
_MFT = Manifest((Device("disk", DeviceType.BLOCK_BASIC),)).encode()
_NOTES = (elves.abi_note(), elves.mft_note(_MFT))
_ARCHS = tender.arch_names()
_TENDER = tender.Tender()
#: Of a note: header, owner, and the fields with which ours begin.
_NOTE_HEAD_BYTES = 32


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


def _loaded(
    data: bytes | tender.File, arch: str, host_page: int = 4096, mem_bytes: int = _MEM, own: tender.Tender = _TENDER
) -> tuple[tender.Image, elves.Devices] | None:
    """Return what a tender makes of a file and its manifest; None: it refuses one of them."""
    try:
        image = tender.elf_read(data, arch, mem_bytes=mem_bytes, host_page_bytes=host_page, tender=own)
        return image, tender.manifest_read(image.mft)
    except tender.RefusedError:
        return None


def _read(data: bytes, arch: str) -> tender.Image | None:
    loaded = _loaded(data, arch)
    return loaded and loaded[0]


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
        elves.other_note(),
        elves.other_note(size=0x20000),
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
    for _ in range(draw(st.integers(0, 2))):
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
    assert elves.plan(packed, _MEM, host_page, arch=arch) == _loaded(packed, arch, host_page)


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
    assert elves.plan(cut, _MEM, arch=arch) == _loaded(cut, arch)


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


_TARGETS = tuple(each for each in tree().targets() if each.mem_max is not None)
#: Each knows every version: which ones it runs is no rule about files.
_TENDERS = {
    each.abi: tender.Tender(abi=each.abi, abi_max=(1 << 32) - 1, mem_max=each.mem_max)
    for each in _TARGETS
    if each.mem_max is not None
}


def _is_run(data: bytes) -> bool:
    """Tell whether a tender of any target and architecture runs a file, with the most memory."""
    return any(
        _loaded(data, arch, mem_bytes=own.mem_max, own=own) for own in _TENDERS.values() for arch in tender.arch_names()
    )


def _is_for_others(data: bytes) -> bool:
    """Tell whether a file says that it is for a target without tender."""
    try:
        return notes_of(io.BytesIO(data)).abi not in _TENDERS
    except UsageError:
        return False


def _answers(folder: Path, data: bytes) -> tuple[int, int]:
    """Return the statuses of elftool's queries of a file."""
    path = folder / "file"
    path.write_bytes(data)
    return elftool(["query-abi", str(path)]), elftool(["query-manifest", str(path)])


def _fields(form: struct.Struct, at: int) -> list[tuple[int, int]]:
    """Return where the fields of a struct are, and how large they are."""
    sizes = [struct.calcsize(f"<{each}") for each in re.findall(r"\d*[a-zA-Z]", form.format.removeprefix("<"))]
    return [(at + end - size, size) for end, size in zip(itertools.accumulate(sizes), sizes, strict=True) if size <= 8]


def _field_spots(data: bytes) -> list[tuple[int, int]]:
    """Return where the fields of a good file's headers, and the first words of its notes, are; and their sizes."""
    at, count = elves.EHDR.unpack_from(data)[5], elves.EHDR.unpack_from(data)[10]
    phdrs = range(at, at + count * elves.PHDR.size, elves.PHDR.size)
    fields = [each for phdr in phdrs for each in _fields(elves.PHDR, phdr)]
    notes = [offset for kind, _, offset, *_ in map(partial(elves.PHDR.unpack_from, data), phdrs) if kind == PT_NOTE]
    words = [(offset + at, 4) for offset in notes for at in range(0, _NOTE_HEAD_BYTES, 4)]
    return [*((each, 1) for each in range(elves.IDENT_BYTES)), *_fields(elves.EHDR, 0), *fields, *words]


def _spots(data: bytes) -> list[tuple[int, int]]:
    """Return these, and where each byte of a note is."""
    spots = _field_spots(data)
    at, count = elves.EHDR.unpack_from(data)[5], elves.EHDR.unpack_from(data)[10]
    for phdr in range(at, at + count * elves.PHDR.size, elves.PHDR.size):
        kind, _, offset, _, _, size, _, _ = elves.PHDR.unpack_from(data, phdr)
        spots += [(each, 1) for each in range(offset, offset + size) if kind == PT_NOTE]
    return spots


@functools.cache
def _sound(arch: str, target: str) -> tuple[bytes, ...]:
    """Return files that run: made ones, and one of the linker's if there is such a cell."""
    own, facts, cell = tree().target(target), tree().arch(arch), Cell(target, arch)
    made = replace(_good(arch), notes=(elves.abi_note(own.abi), elves.mft_note(_MFT))).pack()
    if cell not in tree().cells():
        return (made,)
    linked = Programs(build(facts)).guest("net", own).read_bytes()
    return made, sample.unikernel(facts, own).encode(), linked


@st.composite
def _changed(draw: st.DrawFn, arch: str, target: str) -> bytes:
    """Change a file that runs in a few of the places where the rules look, or make one that is wrong in some."""
    base = draw(st.sampled_from([*_sound(arch, target), None]))
    if base is None:
        return draw(_files(arch))[0].pack()
    changed, spots = bytearray(base), _spots(base)
    for _ in range(draw(st.integers(0, 2))):
        at, size = draw(st.sampled_from(spots))
        near = int.from_bytes(changed[at : at + size], "little") + draw(st.sampled_from([-1, 1, 4, 0x1000, 0x10000]))
        value = draw(st.one_of(st.just(near), st.integers(0, 8), _interesting, st.integers(0, (1 << 64) - 1)))
        changed[at : at + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    end = draw(st.sampled_from([len(changed)] * 8 + [len(changed) - 1, 0x1000, 300, 100, 63]))
    return bytes(changed[:end])


@pytest.mark.parametrize("target", [each.name for each in _TARGETS])
@pytest.mark.parametrize("arch", _ARCHS)
@settings(max_examples=250)
@given(data=st.data())
def test_elftool_accepts_what_a_tender_runs_and_nothing_else(
    arch: str, target: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Of real and of made files, sound or changed anywhere, both queries refuse what tenders refuse, and only that."""
    changed = data.draw(_changed(arch, target))
    answers = _answers(tmp_path_factory.getbasetemp(), changed)
    assert answers == ((0, 0) if _is_run(changed) else (1, 1)) or _is_for_others(changed)


@pytest.mark.parametrize("target", [each.name for each in _TARGETS])
@pytest.mark.parametrize("arch", _ARCHS)
def test_each_rule_is_one_of_both(arch: str, target: str, tmp_path: Path) -> None:
    """Each field of the headers, set to each value at which a rule begins or ends, is judged alike."""
    refused = 0
    for at, size in _field_spots(_sound(arch, target)[0]):
        values = (0, 1, 3, 7, 0x1000, 0x100000, 0x100800, 0xFFFFFFFF, 1 << 40, 1 << 63, (1 << 64) - 1)
        for value in dict.fromkeys(each & (1 << 8 * size) - 1 for each in values):
            changed = bytearray(_sound(arch, target)[0])
            changed[at : at + size] = value.to_bytes(size, "little")
            is_run = _is_run(bytes(changed))
            refused += not is_run
            assert is_run == (_answers(tmp_path, bytes(changed)) == (0, 0)) or _is_for_others(bytes(changed)), (
                at,
                size,
                value,
            )
    # It is not the test that refuses none, or all.
    assert 100 < refused


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


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_the_matrix_own_damaged_files_are_judged_alike(cell: Cell, tmp_path: Path) -> None:
    """Of the files that a cell's tender is given in the matrix, elftool reads those that a tender runs."""
    arch, target = tree().arch(cell.arch), tree().target(cell.target)
    made = [(guest.program, case) for guest in load_guests(tree()) if guest.is_fixture for case in guest.cases]
    judged = collections.Counter[bool]()
    for program, case in made:
        content = fixture(program, case, arch, target)
        is_run = _is_run(content)
        judged[is_run] += 1
        assert _answers(tmp_path, content) == ((0, 0) if is_run else (1, 1)) or _is_for_others(content), case.title
    # There are some of both kinds.
    assert min(judged[True], judged[False]) > 10


@pytest.mark.parametrize("target", _TARGETS, ids=lambda each: each.name)
def test_the_rules_have_the_tenders_own_bounds(target: Target) -> None:
    """Where guest memory begins and how far it reaches at most: elftool's numbers are those of the program."""
    host = tree().host_arch()
    assert host is not None
    program = launch.of(target, tree()).program_in(build(host))
    done = subprocess.run([program, "--mem=0", "file"], capture_output=True, text=True, check=False)
    assert target.mem_max is not None
    assert f"a number from {TEXT_START >> 20} to {target.mem_max >> 20} expected" in done.stderr


_READELF_LOAD = re.compile(r"^\s*LOAD\s+(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+(\S+)\s+([RWE ]{3})\s", re.MULTILINE)


def _readelf_segments(path: Path) -> tuple[Segment, ...]:
    done = subprocess.run(["readelf", "-lW", path], capture_output=True, text=True, check=True)
    segments = []
    for offset, addr, filesz, memsz, flags in _READELF_LOAD.findall(done.stdout):
        rights = PF_R | (PF_W if "W" in flags else 0) | (PF_X if "E" in flags else 0)
        at, memory, file_at, file = (int(each, 16) for each in (addr, memsz, offset, filesz))
        segments.append(Segment(at, memory, file_at, file, rights))
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

    loaded = _loaded(tender.File(len(whole), read), arch)
    # What was changed may be where to read.
    assume(_apart(reads))
    assert elves.plan(bytes(seen), _MEM, arch=arch) == loaded


def test_headers_are_at_most_as_many_as_are_kept() -> None:
    """128 program headers are read; one more is refused with the number."""
    good = _good(_ARCHS[0])
    empty = Phdr(0, 0, 0, 0, 0, 0)
    most = replace(good, loads=(*good.loads, *[empty] * (128 - len(good.loads) - len(_NOTES))))
    assert _read(most.pack(), _ARCHS[0]) is not None
    with pytest.raises(tender.RefusedError, match=r"^129 program headers; at most 128"):
        tender.elf_read(replace(most, loads=(*most.loads, empty)).pack(), _ARCHS[0], mem_bytes=_MEM)
