# SPDX-License-Identifier: ISC
"""bindings/machine/: what guests that are whole machines share knows no target."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from solo5.builder.meson import build
from solo5.facts import Cell, Tree, tree

_BINDINGS = tree().root / "bindings"
_FOLDERS = (_BINDINGS / "machine", *sorted((_BINDINGS / "arch").glob("*/machine")))


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda path: str(path.relative_to(_BINDINGS)))
def test_the_machine_layer_names_no_target(folder: Path) -> None:
    """A new target that is a whole machine finds traps and clocks there, and changes nothing of them."""
    names = re.compile(rf"(?:\b|_)(?:{'|'.join(tree().target_names)})(?:\b|_)", re.IGNORECASE)
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    assert [] != files
    assert [] == [path.name for path in files if names.search(path.read_text())]


def test_no_list_of_targets_says_which_is_a_machine() -> None:
    """A target itself says so, in its meson.build."""
    text = (_BINDINGS / "meson.build").read_text()
    assert [] == [name for name in tree().target_names if re.search(rf"\b{name}\b", text)]


def test_the_public_headers_are_no_list() -> None:
    """Each header of the folder is installed because it is there: no build file names one."""
    headers = [path.name for path in sorted((_BINDINGS / "include" / "solo5").iterdir())]
    text = (_BINDINGS / "meson.build").read_text()
    assert [] != headers
    assert [] == [name for name in headers if name in text]


def _is_machine(target: str) -> bool:
    return "target_is_machine = true" in (_BINDINGS / target / "meson.build").read_text()


#: A cell of which to make another one.
_CELL = next(cell for cell in tree().cells() if _is_machine(cell.target))
_NEW = "newtarget"

#: What a target that protects itself has besides.
_PROTECT = """
#include "tables.h"

bool protect(struct tables *tables);

bool protect(struct tables *tables)
{
    return tables_map(tables, 0x100000, 0x200000, TABLES_READ);
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a copy of the tree with a second target whose guests are machines; return where its bindings are."""
    top = tmp_path_factory.mktemp("tree")
    for name in ("agent", "bindings", "guests", "pins", "solo5", "tenders", "tests", "toolchains"):
        shutil.copytree(tree().root / name, top / name, ignore=shutil.ignore_patterns("__pycache__"))
    for guest in list((top / "tests" / "guests").glob("*/*.c")):
        # More than one would only take time.
        if guest.stem != "hello":
            shutil.rmtree(guest.parent, ignore_errors=True)
    shutil.copy(tree().root / "meson.build", top)
    targets = top / "toolchains" / "target"
    shutil.copy(targets / f"{_CELL.target}.toml", targets / f"{_NEW}.toml")
    for folder in (top / "bindings", top / "bindings" / "arch" / _CELL.arch):
        shutil.copytree(folder / _CELL.target, folder / _NEW)
    (top / "bindings" / _NEW / "protect.c").write_text(_PROTECT)
    described = top / "bindings" / _NEW / "meson.build"
    described.write_text(described.read_text() + "target_sources += files('protect.c')\n")
    copy = Tree(top)
    assert copy.has_cell(Cell(_NEW, _CELL.arch))
    return build(copy.arch(_CELL.arch), at=copy).dir / "bindings"


@pytest.mark.parametrize(("target", "has"), [(_CELL.target, False), (_NEW, True)])
def test_a_second_target_is_a_machine_by_saying_so(built: Path, target: str, *, has: bool) -> None:
    """Both share traps and clocks; the builder of page tables is linked where it is called, and nowhere else."""
    nm = f"{tree().arch(_CELL.arch).compiler.triple}-nm"
    listed = subprocess.run(
        [nm, "--defined-only", "--format=posix", built / f"solo5_{target}.o"],
        capture_output=True,
        text=True,
        check=True,
    )
    names = {line.split()[0] for line in listed.stdout.splitlines()}
    assert {"cpu_init", "trap_report", "target_clock_monotonic"} <= names
    assert has == ("tables_map" in names)
