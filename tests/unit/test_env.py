# SPDX-License-Identifier: ISC
"""solo5.env: the kinds of environments, and which of them a session gets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from solo5 import env
from solo5.errors import UsageError
from solo5.facts import tree
from solo5.matrix.explain import explain
from solo5.matrix.repeat import Asked
from solo5.need import Need

#: Begins a session by saying what it would run.
DUMMY = """
from solo5.findings import Finding

class Dummy:
    name = "dummy"
    cost = 2
    here = False
    releases = False

    def obstacle(self, needed):
        return None

    def reason(self, needed):
        return "it is a dummy"

    def begin(self, words, of, options):
        print("begun:", *words)
        return 42

    def results(self, of):
        return of.build_root / "dummy"

    def findings(self, of):
        return [Finding("ok", "dummy", "says that it is there")]

    def sweep(self):
        print("swept")

KIND = Dummy()
"""


def _returns(text: str | None) -> Callable[[object], str | None]:
    return lambda _: text


def _pretend(monkeypatch: pytest.MonkeyPatch, obstacles: dict[str, str | None]) -> None:
    """Let there be these kinds, the first of which is here, and the cheapest."""
    kinds = {
        name: SimpleNamespace(name=name, cost=cost, here=cost == 0, obstacle=_returns(text), reason=_returns("it can"))
        for cost, (name, text) in enumerate(obstacles.items())
    }
    monkeypatch.setattr(env, "names", lambda: tuple(sorted(kinds)))
    monkeypatch.setattr(env, "kind", kinds.__getitem__)
    monkeypatch.delenv(env.INSIDE_VARIABLE, raising=False)


def test_a_kind_is_named_as_its_module_and_one_is_here() -> None:
    """Whoever reads the folder knows the names; exactly one kind is the process that asks."""
    assert list(env.names()) == [env.kind(name).name for name in env.names()]
    assert 1 == [env.kind(name).here for name in env.names()].count(True)


@pytest.mark.parametrize(
    ("obstacles", "expected"),
    [
        ({"a": None, "b": None}, env.Choice("a", "it can", here=True)),
        ({"a": "it is full", "b": None}, env.Choice("b", "not on the a: it is full", here=False)),
        ({"a": "x", "b": "y", "c": None}, env.Choice("c", "not on the a: x; b: y", here=False)),
        ({"a": "it is full", "b": "it is gone"}, env.Choice("a", "it is full, but: it is gone", here=True)),
    ],
)
def test_the_cheapest_that_can_is_taken(
    monkeypatch: pytest.MonkeyPatch, obstacles: dict[str, str | None], expected: env.Choice
) -> None:
    """In order of cost, the first without an obstacle; where none will do, this process says what it lacks."""
    _pretend(monkeypatch, obstacles)
    assert expected == env.choose([])


def test_what_is_asked_for_is_taken_and_nothing_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names an environment gets it, or its own complaint when it is begun."""
    _pretend(monkeypatch, {"a": None, "b": "it is gone"})
    assert env.Choice("b", "it was asked for", here=False) == env.choose([], "b")


def test_an_unknown_name_shows_the_known_ones() -> None:
    """A misspelt environment is the user's mistake."""
    with pytest.raises(UsageError, match=rf"^environment 'cloud': not known; known: {', '.join(env.names())}$"):
        env.choose([], "cloud")


def test_a_session_that_was_begun_elsewhere_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that we made has all that is needed, and begins no other."""
    other = next(name for name in env.names() if not env.kind(name).here)
    monkeypatch.setenv(env.INSIDE_VARIABLE, other)
    lacking = Need("x", ("x",), "all", ("no-such-program",))
    choice = env.choose([lacking])
    assert (other, other, True) == (env.current(), choice.environment, choice.here)
    with pytest.raises(UsageError, match=rf"^--env {other}: this session is in an environment of its own already"):
        env.choose([], other)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tree with an environment more."""
    root = tmp_path_factory.mktemp("tree")
    for name in ("bindings", "ci", "docs", "pins", "solo5", "toolchains", "tests/guests"):
        shutil.copytree(tree().root / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "solo5" / "env" / "dummy.py").write_text(DUMMY)
    return root


def _solo5(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [sys.executable, "-m", "solo5.cli", *words]
    return subprocess.run(argv, cwd=copy, env=settings, capture_output=True, text=True, check=False)


def test_a_new_environment_is_a_new_file(copy: Path) -> None:
    """A session is begun there with its words, without those that brought it there; its status is the session's."""
    done = _solo5(copy, "matrix", "--env", "dummy", "--plain")
    assert (42, "swept\nbegun: matrix --plain\n", "") == (done.returncode, done.stdout, done.stderr)
    assert "dummy" in _solo5(copy, "build", "--env", "x").stderr


def test_a_dry_run_begins_no_environment(copy: Path) -> None:
    """It says where the session would work, and why; places are decided there, also one that was asked for."""
    words = ("matrix", "--dry-run", "--env", "dummy", "--place", "host")
    done = _solo5(copy, *words)
    lines = done.stdout.splitlines()
    assert (0, "", "swept") == (done.returncode, done.stderr, lines[0])
    assert "environment: dummy: it was asked for" in lines
    of_places = [line.partition(": ")[2] for line in lines if line.startswith("place of ")]
    assert ["decided in the dummy"] * len(tree().cells()) == of_places


def test_explain_names_no_place_of_an_environment_that_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a session works elsewhere, it decides on places there; the command to repeat stays as asked."""
    choice = env.Choice("dummy", "it is a dummy", here=False)
    monkeypatch.setattr(env, "choose", lambda _: choice)
    item = f"hello-{tree().cells()[0]}"
    lines = explain((item,), Asked(place="host")).splitlines()
    assert ["env      dummy: it is a dummy", "place    decided in the dummy"] == lines[-3:-1]
    assert lines[-1].startswith("to run ")
    assert " --place host " in lines[-1]


@pytest.mark.parametrize(
    ("uid", "apt_get", "expected"),
    [
        (0, "/usr/bin/apt-get", None),
        (1, "/usr/bin/apt-get", "it lacks no-such-program, and only root can install"),
        (0, None, "it lacks no-such-program, and has no apt-get to install it with"),
        (1, None, "it lacks no-such-program, and has no apt-get to install it with"),
    ],
)
def test_what_keeps_a_host_from_installing_is_said(
    monkeypatch: pytest.MonkeyPatch, uid: int, apt_get: str | None, expected: str | None
) -> None:
    """Packages need root and apt-get: what is missing of them is named, to root, too."""
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(shutil, "which", lambda name: apt_get if name == "apt-get" else None)
    lacking = Need("x", ("x",), "all", ("no-such-program",))
    assert expected == env.kind("host").obstacle([lacking])


def test_the_doctor_asks_a_new_environment(copy: Path) -> None:
    """What a kind finds is in the report."""
    assert "ok       dummy: says that it is there" in _solo5(copy, "doctor").stdout.splitlines()
