# SPDX-License-Identifier: ISC
"""solo5.kept: what is kept is whole, or known not to be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import damage
import pytest

from solo5 import kept


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is kept, with some files and a link."""
    made = tmp_path / "kept"
    for name in ("one", "deep/er/two", "deep/three"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(f"the content of {name}\n")
    (made / "link").symlink_to("one")
    kept.seal(made, "some files")
    return made


def test_what_is_whole_has_a_name_and_a_time(folder: Path) -> None:
    """A seal says what a folder is; its time is when the folder was used last."""
    assert "some files" == kept.what(folder)
    os.utime(folder / kept.SEAL, (1, 1))
    assert kept.is_whole(folder)
    assert 1 < kept.used(folder)


@pytest.mark.parametrize("how", damage.OF_A_FILE)
@pytest.mark.parametrize("name", ["one", "deep/er/two"])
def test_damage_of_a_file_is_known(folder: Path, name: str, how: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever happens to one file, it is named, and no other."""
    damage.OF_A_FILE[how](folder / name)
    assert (name,) == kept.changed(folder)
    assert not kept.is_whole(folder)
    assert not kept.is_whole(folder)
    said = f"solo5: warning: {folder}: damaged, and made again before it is used: {name}\n"
    assert said == capsys.readouterr().err


@pytest.mark.parametrize("how", damage.OF_A_FILE)
def test_a_damaged_seal_is_none(folder: Path, how: str) -> None:
    """Nothing is believed to be whole for which nothing speaks."""
    damage.OF_A_FILE[how](folder / kept.SEAL)
    assert kept.changed(folder) is None
    assert not kept.is_whole(folder)


def test_half_a_folder_is_damaged(folder: Path) -> None:
    """Files that are gone with their folders are named."""
    shutil.rmtree(folder / "deep")
    assert ("deep/er/two", "deep/three") == tuple(sorted(kept.changed(folder) or ()))


def test_a_link_that_leads_elsewhere_is_damaged(folder: Path) -> None:
    """The same name and another end is another link."""
    (folder / "link").unlink()
    (folder / "link").symlink_to("deep/three")
    assert ("link",) == kept.changed(folder)


def test_a_copy_with_other_times_is_whole(folder: Path, tmp_path: Path) -> None:
    """The hash decides where times differ; from then on, the copy's times do."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, symlinks=True, copy_function=shutil.copyfile)
    assert () == kept.changed(copy)
    before = (copy / kept.SEAL).read_text()
    assert () == kept.changed(copy)
    assert before == (copy / kept.SEAL).read_text() != (folder / kept.SEAL).read_text()


def test_a_disk_that_lies_is_found_by_reading_all(folder: Path) -> None:
    """Other content with the same size and time shows only when all is read."""
    before = (folder / "one").stat()
    damage.OF_A_FILE["a bit flipped"](folder / "one")
    os.utime(folder / "one", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert () == kept.changed(folder)
    assert ("one",) == kept.changed(folder, full=True)


def test_what_comes_later_is_sealed_alone(folder: Path) -> None:
    """A file that is added counts from then on; the others are not taken for whole again."""
    (folder / "one").write_text("damaged\n")
    (folder / "deep" / "four").write_text("new\n")
    assert not kept.is_known(folder / "deep" / "four")
    kept.add(folder / "deep" / "four")
    assert kept.is_known(folder / "deep" / "four")
    assert ("one",) == kept.changed(folder)


def test_nothing_is_removed_through_a_link(folder: Path, tmp_path: Path) -> None:
    """Where a folder has become a link out, the link goes, and nothing that it leads to."""
    outside = tmp_path / "outside"
    shutil.move(folder / "deep", outside)
    (folder / "deep").symlink_to(outside)
    (outside / "three").write_text("somebody's\n")
    for name in kept.changed(folder) or ():
        kept.remove_changed(folder, name)
    kept.remove_changed(folder, "../outside/three")
    assert {"three", "er"} == {path.name for path in outside.iterdir()}
    assert not (folder / "deep").is_symlink()


@pytest.mark.parametrize("how", damage.OF_A_FILE)
def test_values_are_whole_or_none(tmp_path: Path, how: str) -> None:
    """What is written is read again; what has been damaged counts as not there."""
    path = tmp_path / "values"
    kept.write_values(path, {"a": [1, None, "\u2603"]})
    assert {"a": [1, None, "\u2603"]} == kept.read_values(path)
    damage.OF_A_FILE[how](path)
    assert kept.read_values(path) is None
