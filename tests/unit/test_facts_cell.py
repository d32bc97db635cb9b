# SPDX-License-Identifier: ISC
"""solo5.facts: what one cell has of its own."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from solo5.elf import sample
from solo5.elf.check import guest_faults
from solo5.elf.layout import TEXT_START
from solo5.errors import UsageError
from solo5.facts import Cell, CellFacts, Tree, tree

_CELL = tree().cells()[0]
_LEAST = tree().arch(_CELL.arch).elf.page_size
_OTHER = Cell(next(name for name in tree().target_names if name != _CELL.target), _CELL.arch)


def _tree(tmp_path: Path, text: str) -> Tree:
    """Return the real facts with this file of the cell."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "toolchains", dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "toolchains" / "cell", ignore_errors=True)
    file = tmp_path / "toolchains" / "cell" / f"{_CELL}.toml"
    file.parent.mkdir()
    file.write_text(text)
    return Tree(tmp_path)


def test_a_cell_needs_no_file(tmp_path: Path) -> None:
    """A cell without a file, or with an empty one, is what its architecture and its target are."""
    of = _tree(tmp_path, "")
    assert CellFacts() == of.cell_facts(_CELL) == of.cell_facts(_OTHER)
    assert _LEAST == of.page_size(_CELL) == of.page_size(_OTHER)


def test_a_cell_may_have_an_alignment_of_its_own(tmp_path: Path) -> None:
    """What the cell's file says of its segments holds for this cell, and for no other of the architecture."""
    of = _tree(tmp_path, f"page_size = {_LEAST * 16:#x}\n")
    assert _LEAST * 16 == of.page_size(_CELL)
    assert _LEAST == of.page_size(_OTHER)


@pytest.mark.parametrize("value", [0, -1, _LEAST // 2, _LEAST + 1, _LEAST * 3])
def test_an_alignment_that_cannot_be(value: int, tmp_path: Path) -> None:
    """No processor's page is that: one line with file, key, what is expected and what was found."""
    of = _tree(tmp_path, f"page_size = {value}\n")
    with pytest.raises(UsageError) as raised:
        of.page_size(_CELL)
    file = tmp_path / "toolchains" / "cell" / f"{_CELL}.toml"
    assert f"{file}: page_size: expected a power of 2 from {_LEAST:#x} on, found {value:#x}" == str(raised.value)


def test_the_check_after_linking_asks_the_cell(tmp_path: Path) -> None:
    """A guest that is aligned as its architecture asks is refused where its cell asks for more."""
    arch, target = tree().arch(_CELL.arch), tree().target(_CELL.target)
    of = _tree(tmp_path, f"page_size = {_LEAST * 16}\n")
    file = tmp_path / "guest"
    for page_size in (_LEAST, _LEAST * 16):
        image = sample.unikernel(arch, target, page_size=page_size)
        file.write_bytes(image.encode())
        assert () == guest_faults(file, arch, target)
        faults = [f"segment at {image[name].addr:#x} is not aligned to {_LEAST * 16:#x}" for name in ("rodata", "data")]
        assert tuple(faults if page_size == _LEAST else ()) == guest_faults(file, arch, target, of)


def test_a_sample_is_aligned_as_its_cell_asks() -> None:
    """Files that are made without a compiler have the alignment of their cell, or the one that a test asks for."""
    arch, target = tree().arch(_CELL.arch), tree().target(_CELL.target)
    assert sample.unikernel(arch, target) == sample.unikernel(arch, target, page_size=tree().page_size(_CELL))
    wide = sample.unikernel(arch, target, page_size=_LEAST * 16)
    assert [TEXT_START + at * _LEAST * 16 for at in (0, 1, 2)] == [
        wide[name].addr for name in ("text", "rodata", "data")
    ]
    assert dataclasses.replace(wide, segments=()) == dataclasses.replace(sample.unikernel(arch, target), segments=())
