# SPDX-License-Identifier: ISC
"""solo5.doctor: says what is missing, what that disables, and what mends it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from solo5 import doctor, places, proc
from solo5.errors import ToolMissingError
from solo5.facts import Cell, Tree, tree
from solo5.findings import Finding
from solo5.places import Needs


def link_programs(folder: Path, *names: str) -> None:
    """Make a folder for PATH that has these programs of the host and no other."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)


def bare_doctor(tmp_path: Path, *words: str) -> proc.Completed:
    """Run `solo5 doctor` where there are no compilers, no emulators and nothing is cached."""
    link_programs(tmp_path / "bin", "setpriv", "unshare", "true")
    program = f"import sys; from solo5.commands import doctor; sys.exit(doctor.main({list(words)!r}))"
    env = {
        "PATH": str(tmp_path / "bin"),
        "SOLO5_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(tree().root),
    }
    # proc looks for its own helper on our PATH, the program on the child's.
    return proc.run([sys.executable, "-c", program], kind=proc.Kind.OURS, env=env)


def test_bare_machine(tmp_path: Path) -> None:
    """On a bare machine each architecture's lacks have a line with packages and disabled cells."""
    done = bare_doctor(tmp_path)
    assert b"" == done.stderr
    lines = done.stdout.decode().splitlines()
    for arch in tree().archs():
        cells = "".join(f", {cell}" for cell in tree().cells() if cell.arch == arch.name)
        compiler = tree().compiler().for_arch(arch)
        programs = f"{compiler.cc}, {compiler.ld}, {compiler.objcopy}, {compiler.ar}, {compiler.strip}"
        packages = " ".join(compiler.packages)
        expected = (
            f"missing  {compiler.name} for {arch.name}: not found: {programs} (packages {packages}); "
            f"disables: build-{arch.name}{cells}"
        )
        assert expected in lines
        assert any(
            line.startswith(
                f"missing  machine of {arch.name}: not found: {arch.vm.program} (packages {arch.vm.package})"
            )
            for line in lines
        )
        assert (
            f"missing  kernel of {arch.name}: not there, and cannot be fetched: apt-get, apt-cache, "
            "dpkg-deb, dpkg-query: not found; packages come through Debian's tools: use a Debian machine; "
            "disables: all that needs it"
        ) in lines
    assert lines[-1].startswith("to mend: ")


def test_what_comes_when_first_needed_is_not_missing(tmp_path: Path) -> None:
    """A new user's cache is empty: that is no lack, and no failure, unless nothing can be put there."""
    words = [sys.executable, "-m", "solo5.cli", "doctor", "--env", "host"]

    def lines(cache: Path) -> tuple[int, list[str]]:
        env = {"PYTHONPATH": str(tree().root), "SOLO5_CACHE": str(cache), "SOLO5_BUILD": str(tmp_path / "build")}
        done = proc.run(words, kind=proc.Kind.OURS, env=env)
        assert b"" == done.stderr
        return done.returncode, done.stdout.decode().splitlines()

    status, found = lines(tmp_path / "cache" / "new")
    kernels = [f"kernel of {arch.name}" for arch in tree().archs()]
    expected = [f"later    {each}: comes when first needed; disables: work without network" for each in kernels]
    assert expected == [line for line in found if line.split(": ")[0].split(maxsplit=1)[1] in kernels]
    assert [] == [line for line in found if line.startswith("missing")]
    assert (0, "nothing is missing; to fetch now what comes later: solo5 fetch") == (status, found[-1])
    assert not (tmp_path / "cache").exists()
    # A file system that nobody can write to.
    status, found = lines(Path("/proc/sys/solo5"))
    assert ToolMissingError.exit_status == status
    cause = "cannot be fetched: /proc/sys: this user may not write there; set SOLO5_CACHE to a folder"
    assert kernels == [line[9 : line.index(":")] for line in found if cause in line and "kernel" in line]


def test_bare_machine_status(tmp_path: Path) -> None:
    """Something missing gives the exit status of a missing tool, and JSON says the same."""
    done = bare_doctor(tmp_path, "--json")
    said = json.loads(done.stdout)
    states = {each["subject"]: each["state"] for each in said["findings"]}
    assert ToolMissingError.exit_status == done.returncode
    assert "ok" == states["util-linux"]
    assert "missing" == states["readelf"]
    assert "doctor --mend" in said["mend"]


def test_a_place_reports_on_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a kind of place finds is in the report, and it is told what jobs of every cell need."""
    told: dict[Cell, Needs] = {}

    def findings(jobs: Mapping[Cell, Needs], _of: Tree) -> list[Finding]:
        told.update(jobs)
        return [Finding("ok", "barn", "has room")]

    monkeypatch.setattr(
        places, "kinds", lambda: [SimpleNamespace(needs=lambda _arch, _of: (), bundles=(), findings=findings)]
    )
    assert "ok       barn: has room" in map(str, doctor.examine(tree()))
    assert {cell: cell.arch for cell in tree().cells()} == {cell: needs.arch.name for cell, needs in told.items()}


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (Finding("ok", "root", "yes"), "ok       root: yes"),
        (Finding("absent", "/dev/x", "No such file", "y"), "absent   /dev/x: No such file; disables: y"),
    ],
)
def test_line(finding: Finding, expected: str) -> None:
    """A finding is one line; what it disables stands last."""
    assert expected == str(finding)
