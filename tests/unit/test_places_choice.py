# SPDX-License-Identifier: ISC
"""solo5.places: which kind runs a job, for every command alike; a new kind is a new file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from solo5 import places
from solo5.builder import build
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import Tree, tree
from solo5.matrix.programs import Programs

#: Runs nothing, says what it was asked to run, and ends with 42.
BARN = """
import sys
from solo5.agent.job import Outcome
from solo5.errors import UsageError
from solo5.findings import Finding

class Place:
    name = "barn"

    def __init__(self, disks):
        self.disks = disks

    def run(self, job, on_output=None, source=None):
        options = [word for word in job.argv if word.startswith(("--block", "--net"))]
        if options:
            on_output("stdout", f"barn: {' '.join([*options, *self.disks])}\\n".encode())
        on_output("stdout", f"barn: {job.argv[-1]}\\n".encode())
        return Outcome(42, None, None, None, False, 0.1, b"", b"", {})

    def close(self):
        print("barn: closed", file=sys.stderr)

class Kind:
    name = "barn"
    cost = -1
    here = False
    bundles = ()

    def needs(self, arch, of):
        return ()

    def obstacle(self, needs):
        return None

    def inputs(self, arch):
        return ()

    def kernel(self, arch):
        return {}

    def findings(self, jobs, of):
        return [Finding("ok", "barn", "has room")]

    def disk_path(self, file, number):
        if number > 1:
            raise UsageError("the barn has two stalls")
        return f"/stall/{number + 1}"

    def network_obstacle(self):
        return None

    def open(self, arch, agent, files, options):
        return Place([path.name for path in options.disks])

KIND = Kind()
"""
_CELL = tree().cells()[0]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """Return a tree with a place more, the cheapest one."""
    root = tmp_path_factory.mktemp("tree")
    build(tree().arch(_CELL.arch))
    for name in ("bindings", "ci", "docs/systemd", "pins", "solo5", "tests/guests", "toolchains"):
        shutil.copytree(tree().root / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    # What is built is there already.
    (root / "build").symlink_to(tree().build_root)
    (root / "solo5" / "places" / "barn.py").write_text(BARN)
    return Tree(root)


def _solo5(copy: Tree, *words: str | Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(copy.root), "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [sys.executable, "-m", "solo5.cli", *map(str, words)]
    return subprocess.run(argv, cwd=copy.root, env=env, capture_output=True, text=True, check=False)


def test_run_goes_to_a_new_place(copy: Tree) -> None:
    """A guest runs where it is cheapest; its status is that of the command."""
    arch = tree().arch(_CELL.arch)
    guest = Programs(build(arch)).guest("hello", tree().target(_CELL.target))
    done = _solo5(copy, "run", guest, "word")
    assert (42, "barn: word\n", "barn: closed\n") == (done.returncode, done.stdout, done.stderr)
    assert 42 == _solo5(copy, "run", "--place", "barn", guest).returncode


def test_disks_and_networks_are_what_a_new_place_makes_of_them(copy: Tree, tmp_path: Path) -> None:
    """A kind names its disks, says what can be none, and may have networks."""
    guest = Programs(build(tree().arch(_CELL.arch))).guest("hello", tree().target(_CELL.target))
    files = [tmp_path / name for name in ("one", "two", "three")]
    for file in files:
        file.write_bytes(b"no whole sector")
    blocks = [f"--block:{file.name}={file}" for file in files]
    done = _solo5(copy, "run", *blocks[:2], "--net:n=tap0", guest, "word")
    words = "--block:one=/stall/1 --block:two=/stall/2 --net:n=tap0 one two"
    assert (42, f"barn: {words}\nbarn: word\n") == (done.returncode, done.stdout)
    done = _solo5(copy, "run", *blocks, guest)
    assert (125, f"solo5: {blocks[2]}: the barn has two stalls\n") == (done.returncode, done.stderr)


def test_shell_goes_to_a_new_place(copy: Tree) -> None:
    """So does a command in a shell."""
    done = _solo5(copy, "shell", _CELL.arch, "--", "word")
    assert (42, "barn: word\n", "barn: closed\n") == (done.returncode, done.stdout, done.stderr)


def test_the_plan_names_a_new_place(copy: Tree) -> None:
    """`explain`, `--dry-run` and `--place` of the matrix know it as they know all others."""
    said = _solo5(copy, "explain", f"hello-{_CELL}").stdout
    assert "place    barn: it is the cheapest, and can\n" in said
    shown = _solo5(copy, "matrix", "--dry-run", "--place", "barn", "--cell", str(_CELL)).stdout
    assert f"place of {_CELL}: barn: it was asked for\n" in shown
    assert "'barn'" in _solo5(copy, "matrix", "--place", "moon").stderr


def test_the_doctor_asks_a_new_place(copy: Tree) -> None:
    """What it finds is in the report."""
    assert "ok       barn: has room" in _solo5(copy, "doctor").stdout.splitlines()


def _pretend(monkeypatch: pytest.MonkeyPatch, obstacles: dict[str, str | None]) -> None:
    """Let there be these kinds, the first of which is the cheapest."""
    kinds = {name: SimpleNamespace(name=name, obstacle=lambda _, name=name: obstacles[name]) for name in obstacles}
    monkeypatch.setattr(places, "kinds", lambda: list(kinds.values()))
    monkeypatch.setattr(places, "kind", kinds.__getitem__)


@pytest.mark.parametrize(
    ("obstacles", "wanted", "expected"),
    [
        ({"a": None, "b": None}, None, ("a", "it is the cheapest, and can")),
        ({"a": "it is full", "b": None}, None, ("b", "not on the a: it is full")),
        ({"a": "x", "b": "y", "c": None}, None, ("c", "not on the a: x; b: y")),
        ({"a": None, "b": None}, "b", ("b", "it was asked for")),
    ],
)
def test_the_cheapest_that_can_is_taken(
    monkeypatch: pytest.MonkeyPatch, obstacles: dict[str, str | None], wanted: str | None, expected: tuple[str, str]
) -> None:
    """In order of cost, the first without an obstacle; who asks for one gets it."""
    _pretend(monkeypatch, obstacles)
    assert places.Choice(*expected) == places.choose(places.Needs(tree().archs()[0]), wanted)


def test_a_place_that_cannot_be_is_a_mistake_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says why, and which one will do."""
    _pretend(monkeypatch, {"a": None, "b": "it is gone"})
    with pytest.raises(UsageError, match=r"^place b: it is gone; use --place a$"):
        places.choose(places.Needs(tree().archs()[0]), "b")


def test_no_place_at_all_says_why_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something outside of us is missing; what, each kind says."""
    _pretend(monkeypatch, {"a": "it is full", "b": "it is gone"})
    arch = tree().archs()[0]
    with pytest.raises(ToolMissingError, match=f"^no place for programs of {arch.name}: a: it is full; b: it is gone$"):
        places.choose(places.Needs(arch))
