# SPDX-License-Identifier: ISC
"""Files made from facts: sound where they are meant to be, and every variant is a case."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from solo5.elf import numbers
from solo5.elf.layout import INTERP
from solo5.elf.sample import program, standard_notes, unikernel
from solo5.errors import UsageError
from solo5.facts import Cell, Target, tree
from solo5.matrix.cases import Guest, load_guests
from solo5.matrix.jobs import fixture

_CELLS = tree().cells()
_FIXTURES = tuple(guest for guest in load_guests(tree()) if guest.is_fixture)


def _target(cell: Cell) -> Target:
    return tree().target(cell.target)


@pytest.mark.parametrize("cell", _CELLS, ids=str)
def test_machine_code_is_what_its_source_assembles_to(cell: Cell, tmp_path: Path) -> None:
    """The bytes in code.toml are those that the cell's assembler makes of the text beside them."""
    arch = tree().arch(cell.arch)
    compiler = tree().compiler().for_arch(arch)
    facts = program(arch, _target(cell), "say")
    source, made, code = tmp_path / "say.s", tmp_path / "say.o", tmp_path / "say.bin"
    source.write_text(facts["source"])
    subprocess.run([compiler.cc, "-c", source, "-o", made], check=True)
    subprocess.run([compiler.objcopy, "-O", "binary", "-j", ".text", made, code], check=True)
    assert bytes.fromhex(facts["code"]).hex(" ", 4) == code.read_bytes().hex(" ", 4)


def test_a_missing_program_is_named() -> None:
    """What a port has not written yet is an error that says where to write it."""
    with pytest.raises(UsageError, match=r"code\.toml: no program \[\w+\.nothing\]"):
        program(tree().archs()[0], tree().targets()[0], "nothing")


@pytest.mark.parametrize("cell", _CELLS, ids=str)
def test_readelf_reads_what_was_meant(cell: Cell, tmp_path: Path) -> None:
    """Segments, notes, interpreter and symbols are where the values say, and nothing is odd."""
    arch, target = tree().arch(cell.arch), _target(cell)
    image = unikernel(arch, target)
    path = tmp_path / "made"
    path.write_bytes(image.encode())
    done = subprocess.run(["readelf", "--wide", "-hlns", path], capture_output=True, text=True, check=True)
    assert "" == done.stderr
    rows = re.findall(
        r"^  (INTERP|NOTE|LOAD|GNU_STACK) +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x(\w+) ([R ][W ][E ])",
        done.stdout,
        re.MULTILINE,
    )
    loads = {
        int(addr, 16): (int(offset, 16), int(size, 16), int(mem, 16), flags)
        for kind, offset, addr, size, mem, flags in rows
        if kind == "LOAD"
    }
    for name, flags in (("text", "R E"), ("rodata", "R  "), ("data", "RW ")):
        segment = image[name]
        content = segment.content or b""
        offset, size, mem, found = loads[segment.addr]
        assert (len(content), segment.mem_bytes or len(content), flags) == (size, mem, found)
        assert content == path.read_bytes()[offset : offset + size]
    assert f"[Requesting program interpreter: {INTERP.rstrip(bytes(1)).decode()}]" in done.stdout
    owners = re.findall(r"^  (OpenBSD|Solo5)\s+0x(\w+)", done.stdout, re.MULTILINE)
    sizes = [len(each) - 20 for each in standard_notes(target).values()]
    assert list(zip(("OpenBSD", "Solo5", "Solo5"), sizes, strict=True)) == [
        (name, int(size, 16)) for name, size in owners
    ]
    assert "_ltbss" in done.stdout


def test_a_change_leaves_the_original_alone() -> None:
    """Images are values: a changed copy differs in the one place."""
    cell = _CELLS[0]
    image = unikernel(tree().arch(cell.arch), _target(cell))
    before = image.encode()
    changed = image.changed("text", flags=numbers.PF_R).encode()
    assert before == image.encode()
    assert 1 == sum(one != other for one, other in zip(before, changed, strict=True))


def test_a_view_of_nothing_is_a_mistake() -> None:
    """A segment without content of its own must lie in one that is loaded."""
    cell = _CELLS[0]
    image = unikernel(tree().arch(cell.arch), _target(cell))
    with pytest.raises(ValueError, match="segment abi: no PT_LOAD"):
        image.changed("abi", addr=1).encode()


@pytest.mark.parametrize("guest", _FIXTURES, ids=lambda guest: guest.name)
def test_every_variant_is_a_case_of_its_own(guest: Guest) -> None:
    """Each case of a fixture is another file, in every cell."""
    for cell in _CELLS:
        arch, target = tree().arch(cell.arch), _target(cell)
        made = [
            fixture(guest.program, case, arch, target)
            for case in guest.cases
            if case.targets is None or cell.target in case.targets
        ]
        assert len(made) == len(set(made))


@pytest.mark.parametrize("guest", _FIXTURES, ids=lambda guest: guest.name)
def test_no_variant_is_left_without_a_case(guest: Guest) -> None:
    """What a fixture can make is also tried."""
    written = set(re.findall(r'^    "([a-z0-9-]+)": ', guest.program.read_text(), re.MULTILINE))
    assert written <= {case.variant or "" for case in guest.cases}
