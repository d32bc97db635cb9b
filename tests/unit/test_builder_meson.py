# SPDX-License-Identifier: ISC
"""The build: what Meson is told, and that the bytes depend on nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from callers_environment import READERS, SETTINGS
from elftools.elf.elffile import ELFFile

import solo5
from solo5 import debian, launch
from solo5.builder.meson import Built, MachineFile, build, build_native, guest_folders, install, verb_sources
from solo5.errors import BuildError, ToolMissingError
from solo5.facts import BUILD_VARIABLE, Arch, Cell, Tree, tree
from solo5.matrix.programs import Programs

#: What the C build reads; the rest of the tree cannot change its bytes.
_SOURCES = ("meson.build", "bindings", "pins", "tenders", "toolchains", "tests", "solo5", "agent", "guests")


def _copy(into: Path) -> Tree:
    into.mkdir(parents=True, exist_ok=True)
    for name in _SOURCES:
        source = tree().root / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, into / name)
    return Tree(into)


def _products(built: Built) -> Iterator[Path]:
    for pattern in (
        "tenders/*/solo5-*",
        "bindings/*.o",
        "bindings/*.lds",
        "guests/*.*",
        "tests/guests/*.spt",
        "agent/solo5-init",
    ):
        yield from sorted(path for path in built.dir.glob(pattern) if path.is_file())


@pytest.mark.parametrize("compiler", tree().compiler_names)
@pytest.mark.parametrize("arch", tree().arch_names)
def test_the_same_bytes_from_another_folder(
    arch: str, compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tenders, bindings and guests are the same bytes when built in another folder, whatever the caller has set."""
    here = build(tree().arch(arch), compiler=compiler)
    for name, value in {**SETTINGS, **READERS}.items():
        monkeypatch.setenv(name, value)
    copy = _copy(tmp_path / "another-folder-with-a-longer-name")
    there = build(copy.arch(arch), compiler=compiler, at=copy)
    first = {path.name: path.read_bytes() for path in _products(here)}
    second = {path.name: path.read_bytes() for path in _products(there)}
    assert len(first) > 30
    assert sorted(first) == sorted(second)
    assert [] == [name for name in first if first[name] != second[name]]


def test_a_build_in_a_folder_of_any_name_under_any_locale(tmp_path: Path) -> None:
    """The command builds in a folder with spaces and letters beyond ASCII, with the locale C and all settings set."""
    copy = _copy(tmp_path / "eine H\u00fctte \u2603")
    # Those of Python's are settings of the command itself.
    settings = {name: value for name, value in SETTINGS.items() if not name.startswith("PYTHON")}
    settings |= {**READERS, "PYTHONPATH": str(copy.root)}
    words = [sys.executable, "-m", "solo5.cli", "build", "--native", "--env", "host"]
    done = subprocess.run(words, env={**os.environ, **settings}, cwd="/", capture_output=True, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    assert f"native: {copy.build_root / 'native'}\n" == os.fsdecode(done.stdout)


def test_the_libraries_are_those_that_the_tree_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tree than this one is built with the libraries of its own pins."""
    of = _copy(tmp_path)
    asked: list[Tree | None] = []

    def sysroot(_arch: Arch, *, at: Tree | None = None) -> Path:
        asked.append(at)
        message = "enough"
        raise ToolMissingError(message)

    monkeypatch.setattr(debian, "sysroot", sysroot)
    with pytest.raises(ToolMissingError, match="enough"):
        build(of.archs()[0], at=of)
    assert [of] == asked


def test_a_machine_file_quotes_what_it_holds() -> None:
    """A path with an apostrophe does not end Meson's string."""
    described = MachineFile({"c": "it's"}, {"flag": True, "list": ("a", 1)}, {})
    assert "c = 'it\\'s'\n" in described.text()
    assert "flag = true\nlist = ['a', 1]\n" in described.text()


def test_a_guest_is_a_folder_with_a_source_of_its_name(tmp_path: Path) -> None:
    """Helpers and fixtures beside the guests are no guests."""
    for name in ("one/one.c", "two/other.c", "three/three.py", "arch/x/guest.h"):
        for guests in ("guests", "tests/guests"):
            path = tmp_path / guests / name
            path.parent.mkdir(parents=True)
            path.touch()
    assert ("guests/one", "tests/guests/one") == guest_folders(Tree(tmp_path))


def test_a_verb_is_a_source_in_a_folder_verbs(tmp_path: Path) -> None:
    """A new verb edits no list; what is no source is none."""
    for name in ("verbs/one.c", "verbs/one.h", "main.c"):
        path = tmp_path / "tests" / "program" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert ("tests/program/verbs/one.c",) == verb_sources(Tree(tmp_path))


@pytest.mark.parametrize(("root", "reason"), [("file", "File exists"), ("held", "Is a directory")])
def test_a_build_root_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, reason: str
) -> None:
    """It is no bug of ours: the folder is named, and the variable that names another one."""
    (tmp_path / "file").touch()
    (tmp_path / "held" / "native.lock").mkdir(parents=True)
    monkeypatch.setenv(BUILD_VARIABLE, str(tmp_path / root))
    with pytest.raises(ToolMissingError) as caught:
        build_native(at=tree())
    assert f"{tmp_path / root}: cannot build here: {reason}; set SOLO5_BUILD to a folder" == str(caught.value)


def test_a_new_version_reaches_tenders_that_are_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tender says the package's version, also where it was built before with another one."""
    copy = _copy(tmp_path)
    # The product builds without them, and sooner.
    shutil.rmtree(tmp_path / "tests")
    arch = copy.host_arch()
    if arch is None:
        pytest.skip("this host runs no tender of ours itself")
    for version in ("0.0.1", "0.0.2"):
        monkeypatch.setattr(solo5, "__version__", version)
        tender = launch.of(copy.target("spt"), copy).program_in(build(arch, at=copy))
        said = subprocess.run([tender, "--version"], capture_output=True, text=True, check=True).stdout
        assert version in said


def test_a_compiler_error_is_one_line_with_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in C ends as a BuildError that names file, line and the command that repeats it."""
    copy = _copy(tmp_path)
    broken = tmp_path / "tests" / "guests" / "hello" / "hello.c"
    broken.write_text("int solo5_app_main(void) { return nothing; }\n")
    with pytest.raises(BuildError) as caught:
        build(copy.archs()[0], at=copy)
    message = str(caught.value)
    assert "hello.c:1" in message
    assert "error:" in message
    assert "ninja -C" in message
    assert 1 == len(message.splitlines())
    assert "hello.c" in capsys.readouterr().err


def _addresses(file: Path) -> list[int]:
    """Return where a file's loaded segments begin."""
    with file.open("rb") as raw:
        return [segment["p_vaddr"] for segment in ELFFile(raw).iter_segments("PT_LOAD")]


def test_segments_are_aligned_as_their_cell_says(tmp_path: Path) -> None:
    """A cell's own alignment reaches linker script, guests and installed toolchain, and no other cell's."""
    copy = _copy(tmp_path / "tree")
    for source in copy.checkout.guests.glob("*/*.c"):
        if source.parent.name != "hello":
            shutil.rmtree(source.parent)
    cell, other = next(cells for cells in _pairs() if copy.page_size(cells[0]) == copy.page_size(cells[1]))
    arch = copy.arch(cell.arch)
    least, own = arch.elf.page_size, arch.elf.page_size * 16
    (copy.root / "toolchains" / "cell").mkdir(exist_ok=True)
    (copy.root / "toolchains" / "cell" / f"{cell}.toml").write_text(f"page_size = {own}\n")
    built = install(arch, tmp_path / "prefix", at=copy)

    library = tmp_path / "prefix" / "lib" / arch.toolchain
    for each, page_size in ((cell.target, own), (other.target, least), ("stub", least)):
        assert f"ALIGN({page_size})" in (library / f"solo5_{each}.lds").read_text()
    linked = tmp_path / "linked"
    for name in (cell.target, other.target):
        cc = tmp_path / "prefix" / "bin" / f"{arch.toolchain}-cc"
        folder = copy.checkout.guests / "hello"
        manifest = built.dir / "tests" / "guests" / "hello.manifest.o"
        words: list[str | Path] = [
            cc,
            f"-I{folder.parent}",
            "-z",
            f"solo5-abi={name}",
            folder / "hello.c",
            manifest,
            "-o",
            linked,
        ]
        subprocess.run(words, check=True)
        for file in (linked, Programs(built).guest("hello", copy.target(name))):
            assert 4 == len(_addresses(file))
            assert (name == cell.target) == all(address % own == 0 for address in _addresses(file))


def _pairs() -> Iterator[tuple[Cell, Cell]]:
    """Yield two cells of one architecture."""
    cells = tree().cells()
    return ((one, other) for one in cells for other in cells if one.arch == other.arch and one != other)


def test_nothing_to_do_starts_no_compiler() -> None:
    """A second build of an unchanged tree leaves every product as it was."""
    arch = tree().archs()[0]
    before = {path: path.stat().st_mtime_ns for path in _products(build(arch))}
    assert before == {path: path.stat().st_mtime_ns for path in _products(build(arch))}


def test_stripped_tenders_are_small(tmp_path: Path) -> None:
    """No tender takes more than 80 KB, and none needs a library at run time."""
    for cell in tree().cells():
        arch, target = tree().arch(cell.arch), tree().target(cell.target)
        tender = launch.of(target, tree()).program_in(build(arch))
        stripped = tmp_path / str(cell)
        strip = tree().compiler().for_arch(arch).strip
        subprocess.run([strip, "-o", stripped, tender], check=True)
        assert stripped.stat().st_size <= 80_000
