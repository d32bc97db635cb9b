# SPDX-License-Identifier: ISC
"""solo5.bench.carried: what a program has to carry along, by the rules of the dynamic linker."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import dynamic_peer
import pytest

from solo5 import launch, loaded
from solo5.bench import carried
from solo5.builder import Built
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import Arch, Tree, tree

_CACHE = "/etc/ld.so.cache"


def _arch() -> Arch:
    arch = tree().host_arch()
    assert arch is not None
    return arch


def _tender(arch: Arch, of: Tree) -> Path:
    cell = next(cell for cell in of.cells() if cell.arch == arch.name)
    return launch.of(of.target(cell.target), of).program_in(Built.at(of, arch))


@pytest.mark.parametrize("program", ["bash", "setpriv", "readelf", _arch().vm.program, sys.executable])
def test_what_is_carried_is_what_the_linker_opens(program: str) -> None:
    """Program, interpreter and libraries are those that ldd names; without any of them being run."""
    path = Path(shutil.which(program) or pytest.skip(f"{program}: not on this host"))
    files = carried.files(path.resolve(), _arch())
    assert path.resolve() in files.values()
    files.pop(_CACHE)
    listed = {each.resolve() for each in loaded.files(str(path.resolve()))}
    assert listed == {each.resolve() for each in files.values()}


def test_a_static_program_needs_itself_only() -> None:
    """So do our own tenders."""
    tender = _tender(_arch(), tree())
    assert {str(tender): tender} == carried.files(tender, _arch())


@pytest.mark.parametrize("tag", ["--enable-new-dtags", "--disable-new-dtags"])
def test_libraries_of_the_prefix_and_the_system_come_along(tmp_path: Path, tag: str) -> None:
    """From RUNPATH and RPATH, relative to the program; each at the path where the linker looks for it."""
    tender = dynamic_peer.tender(tmp_path, _tender(_arch(), tree()), tag)
    files = carried.files(tender, _arch())
    assert tender == files.pop(str(tender))
    assert _CACHE in files
    own = tmp_path / "lib" / dynamic_peer.LIBRARY
    assert files[str(own)].samefile(own)
    names = {Path(path).name for path in files}
    assert {dynamic_peer.LIBRARY, "libseccomp.so.2"} < names
    assert any(name.startswith("ld-") for name in names)


def test_a_runpath_is_its_files_own_and_an_rpath_is_inherited(tmp_path: Path) -> None:
    """A library's library is found by the program's RPATH, not by its RUNPATH (ld.so(8))."""
    for folder in ("bin", "lib"):
        (tmp_path / folder).mkdir()
    inner, outer = tmp_path / "lib" / "libinner.so.1", tmp_path / "lib" / "libouter.so.1"
    dynamic_peer.library(inner, "int inner(void) { return 1; }")
    dynamic_peer.library(outer, "int inner(void); int outer(void) { return inner(); }", str(inner))
    source = "int outer(void); int main(void) { return outer(); }"
    made = {}
    for tag in ("disable", "enable"):
        made[tag] = tmp_path / "bin" / tag
        words = (f"-Wl,--{tag}-new-dtags,-rpath,$ORIGIN/../lib", "-Wl,--allow-shlib-undefined")
        dynamic_peer.compile_c(source, "-o", made[tag], outer, *words)
    assert str(inner) in carried.files(made["disable"], _arch())
    with pytest.raises(ToolMissingError, match=r"libouter\.so\.1: needs libinner\.so\.1, which is not on this host"):
        carried.files(made["enable"], _arch())


def test_a_library_of_another_machine_is_passed_over(tmp_path: Path) -> None:
    """The next folder has the right one, as the linker goes on looking."""
    tender = dynamic_peer.tender(tmp_path, _tender(_arch(), tree()))
    own = tmp_path / "lib" / dynamic_peer.LIBRARY
    damaged = bytearray(own.read_bytes())
    damaged[18] ^= 1
    own.write_bytes(damaged)
    with pytest.raises(ToolMissingError, match=f"needs {re.escape(dynamic_peer.LIBRARY)}.*looked in {tmp_path}"):
        carried.files(tender, _arch())


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    """One line: who needs it, its name, and where it was looked for."""
    tender = dynamic_peer.tender(tmp_path, _tender(_arch(), tree()))
    (tmp_path / "lib" / dynamic_peer.LIBRARY).unlink()
    with pytest.raises(ToolMissingError) as raised:
        carried.files(tender, _arch())
    said = str(raised.value)
    begins = f"{tender}: needs {dynamic_peer.LIBRARY}, which is not on this host; looked in "
    assert said.startswith(begins)
    assert {str(tmp_path / "bin/../lib"), _CACHE} <= set(said.removeprefix(begins).split(", "))


def test_an_interpreter_that_is_missing_is_named(tmp_path: Path) -> None:
    """Of a program that was linked elsewhere, and of a script."""
    tender = dynamic_peer.tender(tmp_path, _tender(_arch(), tree()))
    tender.write_bytes(tender.read_bytes().replace(b"/ld-", b"/lx-"))
    with pytest.raises(ToolMissingError, match=r"its interpreter /\S*/lx-\S+ is not on this host"):
        carried.files(tender, _arch())
    tender.write_text("#!/nonexistent/sh\n")
    with pytest.raises(ToolMissingError, match="its interpreter /nonexistent/sh is not on this host"):
        carried.files(tender, _arch())


def test_a_program_of_another_architecture_is_refused(tmp_path: Path) -> None:
    """The line says which ELF machine it is for, and which was expected."""
    copy = tmp_path / "tender"
    other = next(arch for arch in tree().archs() if arch != _arch())
    content = bytearray(_tender(_arch(), tree()).read_bytes())
    content[18:20] = other.elf.machine.to_bytes(2, "little")
    copy.write_bytes(content)
    said = f"is a program for ELF machine {other.elf.machine}; expected a program for {_arch().name}, ELF machine"
    with pytest.raises(UsageError, match=said):
        carried.files(copy, _arch())


@pytest.mark.parametrize("kept", [0, 3, 19, 500, 3000])
def test_what_is_no_program_is_refused(tmp_path: Path, kept: int) -> None:
    """Of a file that is cut short, too."""
    tender = dynamic_peer.tender(tmp_path, _tender(_arch(), tree()))
    tender.write_bytes(tender.read_bytes()[:kept])
    with pytest.raises(UsageError, match=f"^{tender}: is no script, and no whole ELF file; expected a program for"):
        carried.files(tender, _arch())


def test_a_script_brings_its_interpreter_and_what_it_calls(tmp_path: Path) -> None:
    """Programs that it calls by a path, from the root or from its own folder, with their libraries."""
    tender = dynamic_peer.tender(tmp_path, _tender(_arch(), tree()))
    hidden = tmp_path / "libexec"
    hidden.mkdir()
    tender.rename(hidden / tender.name)
    for text in (f'exec {hidden}/{tender.name} "$@"', f'exec "${{0%/*}}/../libexec/{tender.name}" "$@"'):
        tender.write_text(f"#!/bin/sh\n{text}\n")
        files = carried.files(tender, _arch())
        own = tmp_path / "lib" / dynamic_peer.LIBRARY
        assert {str(tender), str(hidden / tender.name), "/bin/sh", str(own)} < set(files)


def test_a_path_that_no_place_can_hold_is_refused(tmp_path: Path) -> None:
    """A place's own folders, and paths that are too long for it."""
    long = tmp_path / ("d" * 200) / ("e" * 100)
    long.mkdir(parents=True)
    tender = shutil.copy(_tender(_arch(), tree()), long)
    with pytest.raises(UsageError, match=r"cannot be at its own path in a place.*name a copy elsewhere"):
        carried.files(Path(tender), _arch())
    with pytest.raises(UsageError, match=r"^/proc/\S+: cannot be at its own path in a place"):
        carried.files(Path(f"/proc/{os.getpid()}/root{_tender(_arch(), tree())}"), _arch())
