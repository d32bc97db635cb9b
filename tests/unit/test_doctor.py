# SPDX-License-Identifier: ISC
"""solo5.doctor: says what is missing, what that disables, and what mends it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from solo5 import doctor, proc
from solo5.doctor import Finding, Need
from solo5.errors import ToolMissingError
from solo5.facts import DEFAULT_COMPILER, Tree, tree

UNHEARD_OF = "solo5-no-such-package"


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
    program = f"import sys; from solo5 import doctor; sys.exit(doctor.main({list(words)!r}))"
    env = {
        "PATH": str(tmp_path / "bin"),
        "SOLO5_CACHE": str(tmp_path / "cache"),
        "PYTHONPATH": str(tree().root),
    }
    # proc looks for its own helper on our PATH, the program on the child's.
    return proc.run([sys.executable, "-c", program], env=env)


@pytest.fixture
def without(tmp_path: Path) -> Tree:
    """Return a tree whose compiler exists nowhere."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "tree" / "toolchains")
    for path in (tmp_path / "tree" / "toolchains" / "compiler").iterdir():
        names = ["cc", "ld", "objcopy", "ar", "strip"]
        lines = [
            f'packages = ["{UNHEARD_OF}"]',
            f'native_packages = ["{UNHEARD_OF}"]',
            *(f"{name} = []" for name in ("cc_args", "guest_flags", "files")),
        ]
        lines += [f'{name} = "solo5-no-such-{name}"' for name in names]
        path.write_text("\n".join(lines))
    return Tree(tmp_path / "tree")


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
            f"missing  {DEFAULT_COMPILER} for {arch.name}: not found: {programs} (packages {packages}); "
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
            f"missing  kernel of {arch.name}: not fetched yet, comes when first needed; "
            "disables: work without network" in lines
        )
    assert lines[-1].startswith("to mend: ")


def test_bare_machine_status(tmp_path: Path) -> None:
    """Something missing gives the exit status of a missing tool, and JSON says the same."""
    done = bare_doctor(tmp_path, "--json")
    said = json.loads(done.stdout)
    states = {each["subject"]: each["state"] for each in said["findings"]}
    assert ToolMissingError.exit_status == done.returncode
    assert "ok" == states["util-linux"]
    assert "missing" == states["readelf"]
    assert "doctor --mend" in said["mend"]


def test_absent(tmp_path: Path) -> None:
    """A need names exactly what of it is not there."""
    gone = tmp_path / "gone.h"
    (tmp_path / "given.txt").touch()
    need = Need(
        "x",
        ("p",),
        "y",
        ("sh", "solo5-no-such-program"),
        (f"{tmp_path}/g*.txt", str(gone)),
        ("libc.so.6", "libsolo5-none.so.1"),
    )
    assert ("solo5-no-such-program", str(gone), "libsolo5-none.so.1") == need.absent()


def test_require_missing(without: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed and cannot be installed stops the work with one line, before anything is built."""
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    settings = (
        'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{tmp_path}/lists";\nDir::Cache "{tmp_path}";\n'
    )
    (tmp_path / "apt.conf").write_text(settings)
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    with pytest.raises(ToolMissingError) as caught:
        doctor.require(run=False, native=False, at=without)
    assert UNHEARD_OF in str(caught.value)
    assert "apt-get install -y" in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_require_incomplete(without: Tree) -> None:
    """A package that is installed without giving its program is not installed again for ever."""
    for path in (without.root / "toolchains" / "compiler").iterdir():
        path.write_text(path.read_text().replace(UNHEARD_OF, "dpkg"))
    with pytest.raises(ToolMissingError, match=r"solo5-no-such-cc, .* not found, though dpkg is installed"):
        doctor.require(run=False, native=False, at=without)


def test_require_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that needs nothing of an architecture asks neither dpkg nor a source."""
    monkeypatch.setenv("SOLO5_CACHE", "/proc/no-such-cache")
    doctor.require((), native=False)


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
