# SPDX-License-Identifier: ISC
"""Reading notes: readelf sees the same, and no damage is more than a message."""

from __future__ import annotations

import functools
import io
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solo5.elf import sample
from solo5.elf.read import Notes, notes_of, read_notes
from solo5.errors import UsageError
from solo5.facts import Cell, tree
from solo5.matrix.case import Case
from solo5.matrix.cases import Guest, load_guests
from solo5.matrix.jobs import fixture

_CELLS = tree().cells()
_FIXTURES = tuple(guest for guest in load_guests(tree()) if guest.is_fixture)
_MADE = [(guest, case) for guest in _FIXTURES for case in guest.cases]
_quick = settings(deadline=None, max_examples=150, derandomize=True, database=None)


@functools.cache
def _sound(cell: Cell) -> bytes:
    return sample.unikernel(tree().arch(cell.arch), tree().target(cell.target)).encode()


def _read(content: bytes) -> Notes | str:
    try:
        notes = notes_of(io.BytesIO(content))
        notes.manifest()
    except UsageError as cause:
        return str(cause)
    return notes


@pytest.mark.parametrize("cell", _CELLS, ids=str)
def test_notes_are_those_that_readelf_finds(cell: Cell, tmp_path: Path) -> None:
    """Owner, size, type and content of each note agree with binutils."""
    path = tmp_path / "made"
    path.write_bytes(_sound(cell))
    done = subprocess.run(["readelf", "-nW", path], capture_output=True, text=True, check=True)
    found = re.findall(r"^  Solo5 +0x(\w+).*\(0x(\w+)\)\s+description data: ([\w ]+?) *$", done.stdout, re.MULTILINE)
    data = {int(kind, 16): bytes.fromhex(content) for _, kind, content in found}
    notes = read_notes(path)
    target = tree().target(cell.target)
    assert b"".join(each.to_bytes(4, "little") for each in (notes.abi, notes.version, 0, 0)) == data[0x31494241]
    assert bytes(4) + (notes.mft or b"") == data[0x3154464D]
    assert (tree().arch(cell.arch).elf.machine, target.abi) == (notes.machine, notes.abi)


@pytest.mark.parametrize(("guest", "case"), _MADE, ids=[case.title for _, case in _MADE])
def test_every_fixture_is_read_or_refused_in_one_line(guest: Guest, case: Case) -> None:
    """What the tender runs is read; what is damaged gives one line at most."""
    cell = _CELLS[0]
    found = _read(fixture(guest.program, case, tree().arch(cell.arch), tree().target(cell.target)))
    if isinstance(found, str):
        assert 1 == len(found.splitlines())
        assert case.expect.status != 0


def _bytes_at(size: int) -> st.SearchStrategy[tuple[int, int]]:
    extremes = st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF])
    return st.tuples(st.integers(0, size - 1), st.one_of(extremes, st.integers(0, 255)))


@_quick
@given(cell=st.sampled_from(_CELLS), data=st.data())
def test_damage_gives_at_most_one_line(cell: Cell, data: st.DataObject) -> None:
    """With any bytes changed, and cut anywhere, reading ends in an answer or in one line."""
    damaged = bytearray(_sound(cell))
    for at, value in data.draw(st.lists(_bytes_at(600), min_size=1, max_size=8)):
        damaged[at] = value
    found = _read(bytes(damaged[: data.draw(st.integers(0, len(damaged)))]))
    assert isinstance(found, Notes) or 1 == len(found.splitlines())


@_quick
@given(st.binary(max_size=300))
def test_any_bytes_behind_the_magic_number_give_one_line(content: bytes) -> None:
    """A file that only begins like ELF is refused."""
    found = _read(b"\x7fELF" + content)
    assert isinstance(found, str)
    assert 1 == len(found.splitlines())


def test_counts_that_would_take_for_ever_are_refused() -> None:
    """Headers of size 0, and a count of 2^32 in section 0, are not walked."""
    cell = _CELLS[0]
    image = sample.unikernel(tree().arch(cell.arch), tree().target(cell.target))
    for values in ({"segment_size": 0, "segment_count": 0xFFFE}, {"segment_count": 0xFFFF}):
        found = _read(image.with_header(**values).encode())
        assert "damaged: 6553" in str(found)


def test_a_note_of_gigabytes_is_refused(tmp_path: Path) -> None:
    """Only as much is read as notes can have; a sparse file of 4 GiB takes no memory."""
    cell = _CELLS[0]
    image = sample.unikernel(tree().arch(cell.arch), tree().target(cell.target))
    notes = sample.standard_notes(tree().target(cell.target))
    huge = notes["manifest"][:4] + (0xE0000000).to_bytes(4, "little") + notes["manifest"][8:]
    image = sample.unikernel(
        tree().arch(cell.arch), tree().target(cell.target), with_notes=notes | {"manifest": huge}
    ).changed("manifest", file_bytes=0xF0000000)
    path = tmp_path / "huge"
    path.write_bytes(image.encode())
    with path.open("r+b") as file:
        file.truncate(1 << 32)
    with pytest.raises(UsageError, match="a note of 3758096384 bytes, more than any that is known"):
        read_notes(path)
