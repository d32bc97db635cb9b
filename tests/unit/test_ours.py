# SPDX-License-Identifier: ISC
"""solo5.ours: what is ours is shown and can be removed, and nothing else ever is, whatever variables say."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import damage
import pytest

from solo5 import kept, ours
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import tree

#: What removes all, by the variable that names its folder.
_REMOVES = {"SOLO5_CACHE": ("cache", "--remove", "*"), "SOLO5_BUILD": ("clean", "--all")}
_USAGE, _MISSING = UsageError.exit_status, ToolMissingError.exit_status


def _solo5(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "solo5.cli", *words]
    settings = {**os.environ, "PYTHONPATH": str(tree().root), **env}
    return subprocess.run(argv, env=settings, capture_output=True, text=True, check=False)


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def somebodys(tmp_path: Path) -> Path:
    """Return a folder of somebody's, with things that are named as ours are."""
    folder = tmp_path / "somebody"
    for name in ("letters/one", "x86_64/build.ninja", "vm/disk", "report/thesis", "apt.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("precious\n")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a root of ours with two folders that are whole, and one that nobody has sealed; nobody uses it."""
    folder = tmp_path / "ours"
    with _using(folder):
        pass
    for name in ("one", "vm/two"):
        (folder / name).mkdir(parents=True)
        (folder / name / "content").write_text(f"{name}\n")
        kept.seal(folder / name, f"what {name} is")
    (folder / "one.ini").write_text("")
    (folder / "one.lock").write_text("")
    (folder / "loose").mkdir()
    return folder


@contextlib.contextmanager
def _using(folder: Path) -> Iterator[None]:
    """Let another process use a root in the block."""
    text = "import pathlib, sys; from solo5 import ours; ours.make(pathlib.Path(sys.argv[1]), by_itself=False)"
    words = [sys.executable, "-c", f"{text}; print(flush=True); input()", str(folder)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, cwd=tree().root, **pipes) as process:  # type: ignore[call-overload]
        process.stdout.readline()
        yield
        process.communicate(b"\n")


@pytest.mark.parametrize("variable", _REMOVES)
def test_nothing_of_somebodys_is_removed(somebodys: Path, tmp_path: Path, variable: str) -> None:
    """A variable names a folder of somebody's, by itself or by a link: all stays, and one line says why."""
    link = tmp_path / "link"
    link.symlink_to(somebodys)
    before = _files(somebodys)
    for path in (somebodys, link):
        done = _solo5(*_REMOVES[variable], **{variable: str(path)})
        assert (_USAGE, "") == (done.returncode, done.stdout)
        assert f"solo5: {path}: it was not made by solo5" in done.stderr
        assert "nothing is removed" in done.stderr
    assert before == _files(somebodys)


@pytest.mark.parametrize("variable", _REMOVES)
def test_nothing_of_a_home_is_removed(somebodys: Path, variable: str) -> None:
    """Not even with a tag: a home, and what holds one, is nobody's cache."""
    ours.make(somebodys, by_itself=True)
    assert (somebodys / ours.TAG).is_file()
    home = somebodys / "letters"
    before = _files(somebodys)
    done = _solo5(*_REMOVES[variable], **{variable: str(somebodys), "HOME": str(home)})
    assert _USAGE == done.returncode
    assert "it holds this user's home; nothing is removed" in done.stderr
    assert before == _files(somebodys)


@pytest.mark.parametrize("path", [Path("/"), tree().root, tree().root.parent, Path("~").expanduser()])
def test_nothing_that_holds_what_matters_is_ours(path: Path) -> None:
    """The whole computer, this tree and what it is in, and the home are refused before anything is looked at."""
    with pytest.raises(UsageError, match=r"it holds .*; nothing is removed"):
        ours.claim(path)


@pytest.mark.parametrize("variable", _REMOVES)
def test_a_whole_disk_is_refused_before_it_is_listed(variable: str) -> None:
    """Who names the root of all by mistake is told so at once."""
    done = _solo5(*_REMOVES[variable], **{variable: "/"})
    assert (_USAGE, 1) == (done.returncode, done.stderr.count("\n"))
    assert "solo5: /: it holds solo5 itself; nothing is removed" in done.stderr


def test_what_goes_while_it_is_listed_is_no_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another solo5 makes and removes things all the time."""
    what = kept.what

    def slow(folder: Path) -> str:
        if folder.name == "loose":
            folder.rmdir()
        return what(folder)

    monkeypatch.setattr(kept, "what", slow)
    assert ["one", "vm/two"] == [each.name for each in ours.entries(root)]


def test_what_cannot_be_removed_is_not_said_to_be(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As another user's."""
    monkeypatch.setattr(kept, "remove", str)
    with pytest.raises(ToolMissingError, match=f"{root}/loose: cannot be removed; see whose it is"):
        ours.remove(root, ours.entries(root))
    assert "" == capsys.readouterr().out


def test_a_folder_with_something_in_it_is_not_taken(somebodys: Path, tmp_path: Path) -> None:
    """What was there before us gets no tag; a new or empty folder, and the one that we use by ourselves, do."""
    ours.make(somebodys, by_itself=False)
    assert not (somebodys / ours.TAG).exists()
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "empty", tmp_path / "deep" / "new"):
        ours.make(path, by_itself=False)
        assert (path / ours.TAG).read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    (tmp_path / "build").symlink_to(somebodys)
    ours.make(tmp_path / "build", by_itself=True)
    assert not (somebodys / ours.TAG).exists()


def test_a_link_goes_and_what_it_leads_to_stays(root: Path, somebodys: Path) -> None:
    """Links in a root of ours, at its top and in a folder of it, are not followed."""
    (root / "link").symlink_to(somebodys)
    (root / "one" / "link").symlink_to(somebodys)
    before = _files(somebodys)
    ours.remove(root, ours.entries(root))
    assert before == _files(somebodys)
    assert [ours.TAG] == _files(root)


@pytest.mark.parametrize("variable", _REMOVES)
def test_what_is_in_use_is_not_removed(root: Path, variable: str) -> None:
    """While a process works with a root, whoever removes is told so; afterwards it goes."""
    before = _files(root)
    with _using(root):
        done = _solo5(*_REMOVES[variable], **{variable: str(root)})
    assert (_MISSING, "") == (done.returncode, done.stdout)
    assert f"solo5: {root}: another solo5 uses it; nothing is removed" in done.stderr
    assert before == _files(root)
    done = _solo5(*_REMOVES[variable], **{variable: str(root)})
    assert (0, "") == (done.returncode, done.stderr)
    assert [ours.TAG] == _files(root)


def test_the_list_says_what_there_is(root: Path) -> None:
    """Name, what it is, size and last use of each thing; what belongs to a thing is part of it."""
    assert ["loose", "one", "vm/two"] == [each.name for each in ours.entries(root)]
    assert ["", "what one is", "what vm/two is"] == [each.what for each in ours.entries(root)]
    os.utime(root / "one" / kept.SEAL, (0, 0))
    lines = _solo5("cache", SOLO5_CACHE=str(root), TZ="UTC").stdout.splitlines()
    assert f"cache: {root}" == lines[0]
    assert ["0.0", "MiB", "1970-01-01", "one", "what", "one", "is"] == lines[2].split()
    assert lines[-1].endswith("MiB  in all")


def test_parts_are_removed(root: Path) -> None:
    """By name or pattern, or by how long nobody has used them; a name that fits nothing removes nothing."""
    env = {"SOLO5_CACHE": str(root)}
    # As everywhere, brackets stand for themselves.
    for pattern in ("three", "[ov]*"):
        assert _USAGE == _solo5("cache", "--remove", "vm/*", pattern, **env).returncode
    assert _USAGE == _solo5("cache", "--remove", **env).returncode
    assert "removed vm/two: " in _solo5("cache", "--remove", "vm/*", **env).stdout
    assert ["loose", "one"] == [each.name for each in ours.entries(root)]
    os.utime(root / "one" / kept.SEAL, (0, 0))
    assert "removed one: " in _solo5("cache", "--remove", "--unused-for", "30", **env).stdout
    assert ["loose"] == [each.name for each in ours.entries(root)]
    assert not (root / "one.ini").exists()


def test_what_is_built_goes_and_results_stay(root: Path) -> None:
    """Without a name, clean removes what has been built; --print shows that first, and changes nothing."""
    before = _files(root)
    shown = _solo5("clean", "--print", SOLO5_BUILD=str(root)).stdout
    assert ["one", "vm/two"] == [line.split()[3] for line in shown.splitlines()[1:-1]]
    assert before == _files(root)
    # Of a build that failed, or that somebody has ended.
    (root / "half" / "meson-private").mkdir(parents=True)
    _solo5("clean", SOLO5_BUILD=str(root))
    assert ["loose"] == [each.name for each in ours.entries(root)]
    assert "there is nothing to remove; --all removes loose\n" in _solo5("clean", SOLO5_BUILD=str(root)).stdout
    assert "removed loose: " in _solo5("clean", "--all", SOLO5_BUILD=str(root)).stdout


def test_a_disk_that_lies_is_found(root: Path) -> None:
    """--verify reads all; what has other content under the same time is named and removed, the rest is whole."""
    content = root / "one" / "content"
    before = content.stat()
    damage.OF_A_FILE["a bit flipped"](content)
    os.utime(content, ns=(before.st_atime_ns, before.st_mtime_ns))
    done = _solo5("cache", "--verify", SOLO5_CACHE=str(root))
    assert _MISSING == done.returncode
    assert ["damaged: content  one", "whole     vm/two"] == done.stdout.splitlines()[:2]
    assert "1 of 3 were damaged; removed, they come again when needed" in done.stderr
    assert ["loose", "vm/two"] == [each.name for each in ours.entries(root)]
    assert 0 == _solo5("cache", "--verify", SOLO5_CACHE=str(root)).returncode


def test_an_empty_or_absent_root_is_no_error(tmp_path: Path) -> None:
    """There is nothing to show, and nothing to remove."""
    env: Mapping[str, str] = {"SOLO5_CACHE": str(tmp_path / "none"), "SOLO5_BUILD": str(tmp_path / "none")}
    for words in (("cache",), ("cache", "--verify"), ("clean",), ("clean", "--print")):
        assert 0 == _solo5(*words, **env).returncode
    assert not (tmp_path / "none").exists()
    shutil.rmtree(tmp_path, ignore_errors=True)
