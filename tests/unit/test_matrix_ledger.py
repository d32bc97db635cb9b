# SPDX-License-Identifier: ISC
"""What passed before runs again exactly if something that it depends on has changed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solo5 import launch
from solo5.builder import Built
from solo5.facts import Tree, tree
from solo5.matrix import ledger, plan, report
from solo5.matrix.ledger import Ledger
from solo5.matrix.plan import Pass, Plan
from solo5.matrix.programs import Programs
from solo5.matrix.repeat import Asked
from solo5.matrix.request import Request, select
from solo5.matrix.verdict import Ending


def _sources(folder: str, names: list[str]) -> set[str]:
    made = {"build"} if Path(folder) == tree().root else set()
    return {name for name in names if name.startswith(".") or name == "__pycache__"} | made


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the tree, whose sources a test may change."""
    root = tmp_path_factory.mktemp("copied") / "tree"
    shutil.copytree(tree().root, root, ignore=_sources)
    return root


def _matrix(root: Path, *words: str, **env: str) -> dict[str, str]:
    """Run the matrix of this host's cell there; return how each case ended."""
    arch = tree().host_arch()
    assert arch is not None
    command = [sys.executable, "-m", "solo5.cli", "matrix", "--cell", f"spt-{arch.name}", "--json", *words]
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    done = subprocess.run(
        command,
        check=False,
        cwd=root,
        env={**environment, "PYTHONPATH": str(root), **env},
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return {each["name"]: each["ending"] for each in report["cases"]}


def test_only_the_changed_guest_runs_again(copied: Path) -> None:
    """The second run runs nothing, the third one guest; CI and --no-cache run all; so does a named case."""
    every = _matrix(copied)
    assert {"passed"} == set(every.values())
    assert dict.fromkeys(every, "passed before") == _matrix(copied)
    source = copied / "tests" / "guests" / "hello" / "hello.c"
    source.write_text(f"\n{source.read_text()}")
    third = _matrix(copied)
    ran = {name for name, ending in third.items() if ending == "passed"}
    assert ran
    assert {name for name in every if name.startswith(("hello-", "hello["))} == ran
    assert {"passed"} == set(_matrix(copied, "--case", "hello").values())
    assert {"passed"} == set(_matrix(copied, "-k", "hello", CI="1").values())
    assert {"passed"} == set(_matrix(copied, "-k", "hello", "--no-cache").values())
    assert {"passed before"} == set(_matrix(copied, "-k", "hello").values())


def _hello(root: Path, place: str | None = None) -> Plan:
    """Return the plan of one item of this host's cell."""
    arch = tree().host_arch()
    assert arch is not None
    request = Request(cells=(f"spt-{arch.name}",), cases=("hello",), asked=Asked(place=place))
    of = Tree(root)
    return plan.make(select(request, of), request, of)[0]


def _key(root: Path, place: str | None = None) -> str:
    (key,) = ledger.keys(_hello(root, place), Tree(root)).values()
    return key


@pytest.mark.parametrize(
    "path",
    [
        "solo5/places/host/namespaces.py",
        "toolchains/target/spt.toml",
        "ci/requirements.txt",
        "tests/guests/hello/cases.toml",
    ],
)
def test_a_change_of_what_runs_it_changes_the_key(copied: Path, path: str) -> None:
    """Runner, facts, pins and the case are part of a key; the second key of unchanged ones is the same."""
    _matrix(copied, "-k", "hello")
    key = _key(copied)
    assert key == _key(copied)
    changed = copied / path
    text = changed.read_text()
    changed.write_text(f"{text}\n" if "cases" not in path else text.replace("args = [", 'args = ["x", ', 1))
    assert key != _key(copied)
    changed.write_text(text)
    assert key == _key(copied)
    assert key != _key(copied, "vm")


@pytest.mark.parametrize("what", ["tender", "guest", "agent"])
def test_a_change_of_a_program_changes_the_key(copied: Path, what: str) -> None:
    """Each program that takes part in a job is part of its key."""
    _matrix(copied, "-k", "hello")
    of, arch = Tree(copied), tree().host_arch()
    assert arch is not None
    built, target = Built.at(of, arch), of.target("spt")
    path = {
        "tender": launch.of(target, tree()).program_in(built),
        "guest": Programs(built).guest("hello", target),
        "agent": built.agent,
    }[what]
    key, content = _key(copied), path.read_bytes()
    path.write_bytes(content + b"\0")
    assert key != _key(copied)
    path.write_bytes(content)
    assert key == _key(copied)


def _result(ending: Ending) -> report.Result:
    return report.of(_hello(tree().root).items[0], ending, seconds=1.0, place="vm")


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"a": 1}', '{"a": {"name": 1}}'])
def test_a_damaged_ledger_is_as_none(tmp_path: Path, content: str | None) -> None:
    """Whatever it holds, everything runs, and the next ledger is good."""
    of = Tree(tmp_path)
    of.build_root.mkdir()
    if content is not None:
        (of.build_root / "passed.json").write_text(content)
    assert {} == Ledger(of).find({"hello": "a"})
    known = _result(Ending.BEFORE)
    Ledger(of).record([known], {known.name: "a"})
    assert {} == Ledger(of).find({known.name: "a"})


def test_what_failed_is_forgotten(tmp_path: Path) -> None:
    """A key whose item fails later (a case that fails now and then) is no pass any more."""
    of = Tree(tmp_path)
    of.build_root.mkdir()
    good, known, bad = _result(Ending.PASSED), _result(Ending.BEFORE), _result(Ending.FAILED)
    Ledger(of).record([good], {good.name: "a"})
    assert {good.name: Pass(1.0, "vm")} == Ledger(of).find({good.name: "a"})
    Ledger(of).record([known], {good.name: "a"})
    assert [good.name] == list(Ledger(of).find({good.name: "a"}))
    Ledger(of).record([bad], {good.name: "a"})
    assert {} == Ledger(of).find({good.name: "a"})
