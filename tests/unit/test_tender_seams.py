# SPDX-License-Identifier: ISC
"""The tenders' doors: another host system or hypervisor is new folders only, and the cores know neither.

Each is added to a copy of the tree, under a name that nobody has.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from solo5 import debian
from solo5.builder.meson import cross_file, hypervisor_names, program
from solo5.facts import Arch, Cell, Tree, tree

_SYSTEM: Final = "nowhere"
_HYPERVISOR: Final = "dream"
_STUBS: Final = """host_sources = files('host.c')
host_process_sources = files('process.c')
host_machine_sources = files('machine.c')
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of what the C build reads: each folder that it enters, and the package."""
    root = tmp_path / "copy"
    root.mkdir()
    shutil.copy(tree().root / "meson.build", root)
    for source in tree().root.iterdir():
        if source.name == "solo5" or (source / "meson.build").exists():
            shutil.copytree(source, root / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def _arch() -> Arch:
    """Return an architecture with a cell of each target that has a tender."""
    cells, tenders = set(tree().cells()), [each for each in tree().target_names if (_TENDERS / each).is_dir()]
    return next(each for each in tree().archs() if cells >= {Cell(target, each.name) for target in tenders})


_TENDERS: Final = tree().root / "tenders"


def _configure(root: Path, system: str | None = None) -> Path:
    """Configure the build of one architecture, whose tenders run on a system; return its folder."""
    of, arch = Tree(root), _arch()
    described = cross_file(arch, of, debian.sysroot(arch))
    if system is not None:
        described = dataclasses.replace(described, host_machine={**described.host_machine, "system": system})
    folder, file = root.parent / "build", root.parent / "machine.ini"
    file.write_text(described.text())
    words = [sys.executable, "-m", "mesonbuild.mesonmain", "setup", "--cross-file", str(file), str(folder), str(root)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PYTHONPATH": str(root), "PATH": path}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout[-3000:]
    return folder


def _tenders(folder: Path) -> dict[str, Path]:
    """Return the programs of tenders/ that a configured build has, by name."""
    words = [sys.executable, "-m", "mesonbuild.mesonmain", "introspect", "--targets", str(folder)]
    targets = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    files = [Path(each["filename"][0]) for each in targets if each["type"] == "executable"]
    return {each.name: each for each in files if each.is_relative_to(folder / "tenders")}


def _digests(root: Path) -> dict[str, str]:
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _add(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text)


def test_an_empty_host_system_configures(copy: Path) -> None:
    """A system of which there is only a folder configures: no tenders yet, all else as ever, no file edited."""
    before = _digests(copy)
    _add(copy, f"tenders/host/{_SYSTEM}/meson.build", "")
    folder = _configure(copy, _SYSTEM)
    assert {} == _tenders(folder)
    assert f"bindings{os.sep}" in (folder / "build.ninja").read_text()
    after = _digests(copy)
    assert before == {path: after[path] for path in before}
    assert {f"tenders/host/{_SYSTEM}/meson.build"} == set(after) - set(before)


_PROTOTYPE: Final = re.compile(r"^(?P<result>int|bool|void|uint64_t) (?P<name>\w+)\([^;]*\)(?=;)", re.MULTILINE)
_VALUE: Final = re.compile(r"^extern (?P<value>const [^;]*;)", re.MULTILINE)


def _stubs(header: str) -> dict[str, str]:
    """Return, by its name, a function that does nothing for each prototype of a header; "": its values, all zero."""
    text = re.sub(r"/\*.*?\*/", "", (_TENDERS / header).read_text(), flags=re.DOTALL)
    values = "".join(f"{each['value']}\n" for each in _VALUE.finditer(text))
    functions = {
        each["name"]: f"{each.group()}\n{'{}' if each['result'] == 'void' else '{ return 0; }'}\n"
        for each in _PROTOTYPE.finditer(text)
    }
    return {"": values, **functions}


_KINDS: Final = {"host_memory_": "process.c", "host_clock_": "process.c", "host_poll_wait": "machine.c"}
_UNUSED: Final = '#pragma GCC diagnostic ignored "-Wunused-parameter"\n'


def test_a_host_system_and_a_hypervisor_are_new_folders_only(copy: Path) -> None:
    """Stubs of the hooks, in folders of their own, link to whole tenders: the headers list every hook there is."""
    before = _digests(copy)
    hooks = _stubs("host/host.h")
    host = f"tenders/host/{_SYSTEM}"
    _add(copy, f"{host}/meson.build", _STUBS)
    # Which of the kinds of guests need them, the header says.
    files = {name: next((file for start, file in _KINDS.items() if name.startswith(start)), "host.c") for name in hooks}
    for file in {*files.values()}:
        stubs = "".join(hooks[name] for name in hooks if files[name] == file)
        _add(copy, f"{host}/{file}", f'{_UNUSED}#include "host/host.h"\n{stubs}')
    folder = f"tenders/hvt/{_HYPERVISOR}"
    _add(copy, f"{folder}/meson.build", "hypervisor_sources += files('hypervisor.c')\n")
    stubs = "".join(_stubs("hvt/hypervisor.h").values())
    _add(copy, f"{folder}/hypervisor.c", f'{_UNUSED}#include "hypervisor.h"\n{stubs}')
    assert _HYPERVISOR in hypervisor_names(Tree(copy))
    configured = _configure(copy, _SYSTEM)
    tenders = _tenders(configured)
    assert {"solo5-hvt", "solo5-spt"} == set(tenders)
    programs = [str(each.relative_to(configured)) for each in tenders.values()]
    words = [program("ninja"), "-C", str(configured), *programs]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout[-3000:]
    after = _digests(copy)
    assert before == {path: after[path] for path in before}


def test_a_debugger_is_optional_for_an_architecture(copy: Path) -> None:
    """An architecture whose registers no debugger is told has a tender, but none for debugging."""
    for each in (copy / "tenders" / "arch" / _arch().name).glob("*_debug.c"):
        each.unlink()
    tenders = _tenders(_configure(copy))
    assert "solo5-hvt" in tenders
    assert "solo5-hvt-debug" not in tenders


#: ISO C, and what an ELF file looks like.
_CORE_HEADERS: Final = {"ctype.h", "elf.h", "errno.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"} | {
    "stdio.h",
    "stdlib.h",
    "string.h",
}
_INCLUDE: Final = re.compile(r"^#include <(.*)>", re.MULTILINE)


def test_the_cores_know_no_system() -> None:
    """What is common to all tenders includes nothing with which one could ask a system for anything."""
    files = sorted((_TENDERS / "common").glob("*.[ch]"))
    assert [] != files
    assert {} == {
        path.name: wrong for path in files if (wrong := set(_INCLUDE.findall(path.read_text())) - _CORE_HEADERS)
    }


def test_only_a_systems_own_files_know_it() -> None:
    """Headers of a kernel are included in folders and files of a system or a hypervisor, and nowhere else."""
    system = cross_file(_arch(), tree(), Path("/")).host_machine["system"]
    known = {system, *hypervisor_names(tree())}
    asking = [path for path in sorted(_TENDERS.rglob("*.[ch]")) if f"#include <{system}/" in path.read_text()]
    assert [] != asking
    assert [] == [path for path in asking if path.parent.name not in known and path.stem.split("_")[0] not in known]
