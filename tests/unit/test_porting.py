# SPDX-License-Identifier: ISC
"""docs/porting.md, followed in a copy of the tree: a new architecture is new files only."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solo5.facts import Cell, Tree, tree
from solo5.matrix import table
from solo5.matrix.report import cell_states

_NEW = "dummy64"
_FOLDERS = ("agent", "bindings", "guests", "solo5", "tenders", "tests", "toolchains")
_PARTS = (*_FOLDERS, "meson.build", "noxfile.py", "pyproject.toml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the tree, without what is built."""
    for name in _PARTS:
        source = tree().root / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def _digests(root: Path) -> dict[str, str]:
    files = (path for name in _PARTS for path in sorted((root / name).rglob("*")) or [root / name])
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()
    }


def _sessions(root: Path) -> set[str]:
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "nox", "-l", "-f", str(root / "noxfile.py")]
    done = subprocess.run(words, cwd=root, env=env, capture_output=True, text=True, check=True)
    return set(re.findall(r"^[*-] ([\w-]+)", done.stdout, re.MULTILINE))


def _add_facts(root: Path) -> None:
    """Follow step 1 of the page."""
    archs = root / "toolchains" / "arch"
    shutil.copy(archs / f"{tree().arch_names[0]}.toml", archs / f"{_NEW}.toml")


def test_its_facts_make_its_sessions_and_its_missing_cells(copy: Path) -> None:
    """After step 1 the build session is there, the table has its column, each cell missing, and no file has changed."""
    before = _digests(copy)
    _add_facts(copy)
    assert f"build-{_NEW}" in _sessions(copy)
    of = Tree(copy)
    lines = table.lines(cell_states(of, []))
    column = lines[0].index(_NEW)
    assert ["missing"] * len(of.target_names) == [line[column:].split("  ")[0].strip() for line in lines[1:]]
    after = _digests(copy)
    assert before == {path: after[path] for path in before}
    assert {f"toolchains/arch/{_NEW}.toml"} == set(after) - set(before)


def test_its_bindings_make_its_cell(copy: Path) -> None:
    """After step 2 the cell exists, with a session that tests it."""
    _add_facts(copy)
    target = tree().target_names[0]
    assert f"test-{target}-{_NEW}" not in _sessions(copy)
    (copy / "bindings" / "arch" / _NEW / target).mkdir(parents=True)
    assert f"test-{target}-{_NEW}" in _sessions(copy)
    assert Tree(copy).has_cell(Cell(target, _NEW))


#: Words that mean a processor to a C compiler, a linker or a reader.
_PROCESSORS = re.compile(
    r"x86|amd64|\bi386\b|aarch64|arm64|ppc|powerpc|riscv|s390|__x86_64__|__aarch64__|__powerpc", re.IGNORECASE
)


@pytest.mark.parametrize("folder", ["agent", "bindings", "guests", "tenders", "solo5", "noxfile.py", "meson.build"])
def test_generic_code_names_no_processor(folder: str) -> None:
    """Outside folders and files of an architecture, no code names one: it tests a property or calls a hook."""
    top = tree().root / folder
    files = [top] if top.is_file() else sorted(top.rglob("*"))
    kinds = {".c", ".h", ".S", ".py", ".build", ".in", ".toml"}
    generic = [
        path
        for path in files
        if path.is_file() and path.suffix in kinds and "arch" not in path.relative_to(tree().root).parts[:-1]
    ]
    assert [] != generic
    named = [
        f"{path.relative_to(tree().root)}:{number}: {line.strip()}"
        for path in generic
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if _PROCESSORS.search(line)
    ]
    assert [] == named
