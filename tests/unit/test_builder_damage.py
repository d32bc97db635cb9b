# SPDX-License-Identifier: ISC
"""A damaged build is noticed, and made again: what tells that a file is done is not its time alone."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import damage
import pytest

from solo5 import digest, proc
from solo5.builder import build_native
from solo5.builder.meson import _remove_damaged
from solo5.facts import BUILD_VARIABLE, tree

_LIBRARY = "solo5/tender/_tender.abi3.so"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build folder that the tests share: each leaves it whole."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(BUILD_VARIABLE, str(tmp_path_factory.mktemp("build")))
        return build_native()


def _heals(built: Path, harm: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BUILD_VARIABLE, str(built.parent))
    before = digest.of_file(built / _LIBRARY)
    assert before is not None
    harm()
    build_native()
    assert before == digest.of_file(built / _LIBRARY)
    made = (built / _LIBRARY).stat().st_mtime_ns
    build_native()
    assert made == (built / _LIBRARY).stat().st_mtime_ns


@pytest.mark.parametrize("how", damage.OF_A_FILE)
@pytest.mark.parametrize("name", ["build.ninja", _LIBRARY, "../native.ini", ".solo5-seal", ".ninja_log"])
def test_a_damaged_file_is_made_again(built: Path, name: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is built, what says how to build it, what was decided before, and what says that all that is whole."""
    _heals(built, lambda: damage.OF_A_FILE[how](built / name), monkeypatch)


@pytest.mark.parametrize("name", ["", "meson-private", "solo5"])
def test_half_a_folder_is_made_again(built: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is what has been removed in part."""
    _heals(built, lambda: damage.half_gone(built / name), monkeypatch)


def test_a_file_in_the_folders_place_gives_way(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build folder that is a file is a folder again."""
    _heals(built, lambda: damage.replaced_by_a_file(built), monkeypatch)


def test_only_what_is_damaged_is_made_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One object that has been cut off costs one compilation."""
    objects = sorted(built.rglob("*.o"))
    assert 1 < len(objects)
    times = {path: path.stat().st_mtime_ns for path in objects}
    _heals(built, lambda: damage.OF_A_FILE["cut off"](objects[0]), monkeypatch)
    assert [objects[0]] == [path for path in objects if path.stat().st_mtime_ns != times[path]]


@pytest.mark.parametrize("how", damage.OF_A_FILE)
def test_a_damaged_library_is_not_loaded(built: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would end the process that loads it; instead one line says how to make it again, and that does."""
    words = [sys.executable, "-c", "from solo5.tender import core; core.extension()"]
    monkeypatch.setenv(BUILD_VARIABLE, str(built.parent))
    damage.OF_A_FILE[how](built / _LIBRARY)
    done = proc.run(words, kind=proc.Kind.OURS, cwd=tree().root)
    assert b"ToolMissingError" in done.stderr.splitlines()[-1]
    assert b"not as it was built; build it: solo5 build --native" in done.stderr.splitlines()[-1]
    build_native()
    assert 0 == proc.run(words, kind=proc.Kind.OURS, cwd=tree().root).returncode


def test_a_folder_that_is_whole_stays_as_it_is(built: Path) -> None:
    """Looking changes nothing."""
    before = {path: path.lstat().st_mtime_ns for path in built.rglob("*")}
    _remove_damaged(built)
    assert before == {path: path.lstat().st_mtime_ns for path in built.rglob("*")}


def test_a_copy_of_a_build_is_made_again(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a copied or renamed checkout: Meson would work in the folder that it was copied from."""
    shutil.copytree(built.parent, tmp_path / "copy", symlinks=True)
    monkeypatch.setenv(BUILD_VARIABLE, str(tmp_path / "copy"))
    copy = build_native()
    own = (copy / "build.ninja", *(copy / "meson-private").glob("*.dat"))
    assert [] == [path for path in own if os.fsencode(built) in path.read_bytes()]
    assert (copy / _LIBRARY).is_file()
