# SPDX-License-Identifier: ISC
"""solo5.bench.run: what cannot be measured is said before anything is built, and all the rest in one run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import NoReturn

import dynamic_peer
import pytest

from solo5 import builder, cli, launch, places
from solo5.builder import Built
from solo5.errors import ToolMissingError
from solo5.facts import Arch, Cell, tree

_HELLO = "hello, start to exit"


def _arch() -> Arch:
    arch = tree().host_arch()
    assert arch is not None
    return arch


_CELLS = [cell for cell in tree().cells() if cell.arch == _arch().name]
_COUNTED = [cell for cell in _CELLS if launch.of(tree().target(cell.target), tree()).uses_hypervisor]
_TIMED = [cell for cell in _CELLS if cell not in _COUNTED]


def _tender(cell: Cell) -> Path:
    return launch.of(tree().target(cell.target), tree()).program_in(Built.at(tree(), tree().arch(cell.arch)))


@pytest.fixture
def unbuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let whatever begins to build fail."""

    def refuse(*_: object, **__: object) -> NoReturn:
        message = "it began to build"
        raise AssertionError(message)

    monkeypatch.setattr(builder, "build", refuse)


def _refusal(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """Return status and the one line of `solo5 bench`."""
    status = cli.main(["bench", *map(str, words)])
    written = capsys.readouterr()
    assert "" == written.out
    assert 1 == written.err.count("\n")
    return status, written.err.removeprefix("solo5: ")


@pytest.mark.usefixtures("unbuilt")
def test_who_is_not_root_is_told_at_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 3, the cause, and what can be measured all the same: nothing has been built."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    status, said = _refusal(capsys)
    assert 3 == status
    assert said.startswith(f"bench: {_TIMED[0]} cannot be timed: ")
    assert "only root can" in said
    assert said.endswith(
        f"; what can be counted all the same: {' '.join(f'--cell {each}' for each in _hypervised())}\n"
    )


def _skip_unless_timed() -> None:
    """Skip the test where no guest can be timed, with the cause."""
    try:
        places.choose(places.Needs(_arch(), full_speed=True))
    except ToolMissingError as cause:
        pytest.skip(str(cause))


def _hypervised() -> list[Cell]:
    return [cell for cell in tree().cells() if launch.of(tree().target(cell.target), tree()).uses_hypervisor]


def test_what_needs_no_root_is_measured_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exits are counted in places that are anybody's: the run gets as far as to build them."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    built: list[str] = []

    def note(arch: Arch, **_: object) -> NoReturn:
        built.append(arch.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(builder, "build", note)
    for words in (["--cell", str(_COUNTED[0])], ["--only", "console write", "--cell", f"*-{_arch().name}"]):
        cli.main(["bench", *words])
    assert 2 * [_arch().name] == built


@pytest.mark.usefixtures("unbuilt")
@pytest.mark.parametrize("cell", _COUNTED, ids=str)
def test_a_broken_peer_is_one_line_before_anything_is_built(
    cell: Cell, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Status 2 for what is no tender or no installation, 3 for what lacks a library."""
    (tmp_path / "bin").mkdir()
    words = ("--peer", tmp_path, "--cell", cell)
    status, said = _refusal(capsys, *map(str, words))
    assert 2 == status
    assert re.match(
        rf"--peer {tmp_path}: none of bin/\S+, bin/\S+ there; name a prefix that a Solo5 is installed", said
    )
    tender = Path(shutil.copy(_tender(cell), tmp_path / "bin"))
    tender.chmod(0o600)
    status, said = _refusal(capsys, *map(str, words))
    assert (2, f"--peer {tmp_path}: {tender} is not executable; to make it so: chmod +x {tender}\n") == (status, said)
    tender.unlink()
    foreign = next(each for each in tree().cells() if each.target == cell.target and each.arch != cell.arch)
    shutil.copy(_tender(foreign), tender)
    status, said = _refusal(capsys, *map(str, words))
    assert 2 == status
    assert f"expected a program for {cell.arch}, ELF machine" in said
    tender.unlink()
    dynamic_peer.tender(tmp_path, _tender(cell))
    (tmp_path / "lib" / dynamic_peer.LIBRARY).unlink()
    status, said = _refusal(capsys, *map(str, words))
    assert 3 == status
    assert said.startswith(f"{tender}: needs {dynamic_peer.LIBRARY}, which is not on this host; looked in ")


def _commands_of_the_page() -> list[str]:
    """Return the command lines of docs/comparing.md."""
    text = (tree().root / "docs" / "comparing.md").read_text()
    return [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@pytest.mark.parametrize("line", _commands_of_the_page())
def test_the_page_about_peers_is_true(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its commands is understood, finds the peer, and begins to build."""
    _skip_unless_timed()
    for cell in _CELLS:
        dynamic_peer.tender(tmp_path, _tender(cell))
    built: list[str] = []

    def note(arch: Arch, **_: object) -> NoReturn:
        built.append(arch.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(builder, "build", note)
    name, *words = shlex.split(line.replace("PREFIX", str(tmp_path)))
    assert "solo5" == name
    assert 130 == cli.main(words)
    assert 1 == len(built)


@pytest.mark.usefixtures("unbuilt")
def test_a_choice_that_leaves_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """As is a name that nothing has."""
    foreign = next(cell for cell in tree().cells() if cell.arch != _arch().name and cell not in _hypervised())
    status, said = _refusal(capsys, "--cell", str(foreign))
    assert 2 == status
    assert said.startswith(f"bench: nothing of it is measured in {foreign}: ")
    assert 2 == _refusal(capsys, "--cell", "spt-vax")[0]
    assert 2 == _refusal(capsys, "--only", "nothing")[0]
    assert 2 == _refusal(capsys, "--turns", "0")[0]


def test_a_dynamic_peer_is_measured_side_by_side(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Tenders that need shared libraries take turns in one run: as processes of this host, and on a hypervisor."""
    _skip_unless_timed()
    for cell in _CELLS:
        dynamic_peer.tender(tmp_path, _tender(cell))
    reports = {path: path.stat() for path in (tree().build_root / "report").glob("bench-*.json")}
    words = ["--only", _HELLO, "--turns", "1", "--peer", str(tmp_path), "--cell", f"*-{_arch().name}"]
    assert 0 == cli.main(["bench", *words])
    written = capfd.readouterr().out
    for cell in _CELLS:
        tender = tmp_path / "bin" / _tender(cell).name
        assert f"{cell}, peer: tender: {tender}; guests: ours, since it has no toolchain for {cell}\n" in written
    assert len(_COUNTED) == len(re.findall(rf"^{_HELLO} +\d+\.\d\d +\d+\.\d\d$", written, re.MULTILINE))
    assert len(_CELLS) == len(re.findall(rf"^{_HELLO}( +\d+\.\d us)+ .*\d of peer", written, re.MULTILINE))
    assert "not measured" not in written
    assert reports == {path: path.stat() for path in (tree().build_root / "report").glob("bench-*.json")}


def test_a_peer_that_runs_nothing_is_said_before_it_is_measured(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Status 5, and its last word; a program that ends well without a guest's greeting runs nothing, either."""
    cell = _COUNTED[0]
    tender = dynamic_peer.tender(tmp_path, _tender(cell))
    for script, said in (
        ("echo tender: no /dev/kvm >&2; exit 1", "status 1: tender: no /dev/kvm"),
        ("exit 0", "status 0: "),
    ):
        tender.write_text(f"#!/bin/sh\n{script}\n")
        assert 5 == cli.main(["bench", "--only", _HELLO, "--peer", str(tmp_path), "--cell", str(cell)])
        written = capfd.readouterr()
        assert f"solo5: peer: does not run hello: {said}" in written.err
        assert _HELLO not in written.out
