# SPDX-License-Identifier: ISC
"""solo5.bench.peer: what another installation has, whatever it is made of, and what runs under what."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import dynamic_peer
import pytest

from solo5 import launch
from solo5.bench import peer
from solo5.bench.peer import Guests
from solo5.builder import Built, install
from solo5.elf import sample
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, tree


def _arch() -> Arch:
    arch = tree().host_arch()
    assert arch is not None
    return arch


_CELLS = [cell for cell in tree().cells() if cell.arch == _arch().name]
_OURS = Guests(Path("ours.hello"), Path("ours.bench"), "ours", greets=True)


def _tender(cell: Cell) -> Path:
    return launch.of(tree().target(cell.target), tree()).program_in(Built.at(tree(), tree().arch(cell.arch)))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a prefix that holds all that this host's architecture has."""
    prefix = tmp_path_factory.mktemp("installed")
    install(_arch(), prefix)
    return prefix


def _copied(source: Path, prefix: Path) -> Path:
    (prefix / "bin").mkdir(exist_ok=True)
    return Path(shutil.copy(source, prefix / "bin"))


def _guest(cell: Cell) -> bytes:
    return sample.unikernel(tree().arch(cell.arch), tree().target(cell.target)).encode()


@pytest.mark.parametrize("cell", _CELLS, ids=str)
def test_all_of_an_installation_is_found(cell: Cell, installed: Path, tmp_path: Path) -> None:
    """Its tender runs guests of our source that its toolchain built."""
    found = peer.find(installed, cell, tree())
    assert found is not None
    assert installed / "bin" / _tender(cell).name == found.tender
    guests = peer.guests(found, _OURS, cell, tree(), tmp_path)
    assert f"ours, built by {installed}/bin/{_arch().toolchain}-cc" == guests.about
    assert all(path.is_file() and path.parent == tmp_path for path in (guests.hello, guests.bench))
    assert guests.greets


@pytest.mark.parametrize("cell", _CELLS, ids=str)
def test_a_tender_alone_runs_our_guests(cell: Cell, tmp_path: Path) -> None:
    """The line says so, and why."""
    _copied(_tender(cell), tmp_path)
    found = peer.find(tmp_path, cell, tree())
    assert found is not None
    guests = peer.guests(found, _OURS, cell, tree(), tmp_path)
    assert Guests(_OURS.hello, _OURS.bench, f"ours, since it has no toolchain for {cell}", greets=True) == guests


def test_guests_alone_run_under_our_tender(installed: Path, tmp_path: Path) -> None:
    """A toolchain is enough; and a guest by the name of a first test, if it is of the cell."""
    cell = _CELLS[0]
    for name in ("lib", "include"):
        shutil.copytree(installed / name, tmp_path / name)
    _copied(installed / "bin" / f"{_arch().toolchain}-cc", tmp_path)
    found = peer.find(tmp_path, cell, tree())
    assert found is not None
    assert found.tender is None
    assert found.cc is not None
    shutil.rmtree(tmp_path / "lib")
    assert peer.find(tmp_path, cell, tree()) is None
    (tmp_path / "tests").mkdir()
    lying = tmp_path / "tests" / f"test_hello.{cell.target}"
    lying.write_bytes(b"no guest")
    assert peer.find(tmp_path, cell, tree()) is None
    lying.write_bytes(_guest(cell))
    found = peer.find(tmp_path, cell, tree())
    assert found is not None
    guests = peer.guests(found, _OURS, cell, tree(), tmp_path)
    assert (lying, _OURS.bench) == (guests.hello, guests.bench)
    assert not guests.greets
    assert guests.about.startswith(f"hello is {lying}, others are ours, since it has no toolchain")


def test_a_toolchain_that_fails_is_no_obstacle(installed: Path, tmp_path: Path) -> None:
    """Ours run instead; the line has the compiler's last word."""
    cell = _CELLS[0]
    shutil.copytree(installed, tmp_path, dirs_exist_ok=True)
    cc = tmp_path / "bin" / f"{_arch().toolchain}-cc"
    cc.write_text("#!/bin/sh\necho 'cc: no such ABI' >&2\nexit 1\n")
    found = peer.find(tmp_path, cell, tree())
    assert found is not None
    guests = peer.guests(found, _OURS, cell, tree(), tmp_path)
    assert guests.about.startswith("ours, since its toolchain does not build them: ")
    assert "cc: no such ABI" in guests.about


def test_another_architectures_tender_has_its_name(tmp_path: Path) -> None:
    """A plain name is this host's; others begin with the architecture's."""
    foreign = next(cell for cell in tree().cells() if cell.arch != _arch().name)
    program = _copied(_tender(foreign), tmp_path)
    assert peer.find(tmp_path, foreign, tree()) is None
    program.rename(program.with_name(f"{foreign.arch}-{program.name}"))
    found = peer.find(tmp_path, foreign, tree())
    assert found is not None
    assert found.tender == program.with_name(f"{foreign.arch}-{program.name}")


def _make_unexecutable(program: Path) -> None:
    program.chmod(0o644)


def _make_a_folder(program: Path) -> None:
    program.unlink()
    program.mkdir()


@pytest.mark.parametrize("cell", _CELLS, ids=str)
@pytest.mark.parametrize(
    ("change", "said"),
    [(_make_unexecutable, "is not executable; to make it so: chmod +x /"), (_make_a_folder, "is no regular file")],
)
def test_a_tender_that_cannot_be_run_is_refused(
    cell: Cell, change: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    """One line, which names the prefix and the file."""
    program = _copied(_tender(cell), tmp_path)
    change(program)
    with pytest.raises(UsageError, match=f"^--peer {tmp_path}: {re.escape(str(program))} {re.escape(said)}"):
        peer.find(tmp_path, cell, tree())


def test_a_linked_tender_is_started_where_it_is(tmp_path: Path) -> None:
    """Its libraries are found from there."""
    cell = _CELLS[0]
    real = dynamic_peer.tender(tmp_path / "real", _tender(cell))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / real.name).symlink_to(real)
    found = peer.find(tmp_path, cell, tree())
    assert found is not None
    assert real == found.tender
    assert str(tmp_path / "real" / "lib" / dynamic_peer.LIBRARY) in found.files
