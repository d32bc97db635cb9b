# SPDX-License-Identifier: ISC
"""What passed before runs again exactly if something that it depends on has changed."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from solo5.facts import Tree, tree
from solo5.matrix import before, cases
from solo5.matrix.before import Keys, Ledger, Pass
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
    """Run the matrix of this machine's cell there; return how each case ended."""
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


def _hello(root: Path) -> cases.Item:
    arch = tree().host_arch()
    assert arch is not None
    return cases.find_item(Tree(root), f"hello-spt-{arch.name}")


@pytest.mark.parametrize(
    "path",
    ["solo5/run/host.py", "toolchains/target/spt.toml", "ci/debian.toml"],
)
def test_a_change_of_what_runs_it_changes_the_key(copied: Path, path: str) -> None:
    """Runner, facts and pins are part of a key; the second key of unchanged ones is the same."""
    _matrix(copied, "-k", "hello")
    item = _hello(copied)
    places = {str(item.cell): "host"}
    key = Keys(Tree(copied), places).key(item)
    assert key == Keys(Tree(copied), places).key(item)
    changed = copied / path
    text = changed.read_text()
    changed.write_text(f"{text}\n")
    before.forget_files()
    assert key != Keys(Tree(copied), places).key(item)
    changed.write_text(text)
    before.forget_files()
    assert key == Keys(Tree(copied), places).key(item)
    assert key != Keys(Tree(copied), {str(item.cell): "vm"}).key(item)


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"a": 1}', '{"a": {"name": 1}}'])
def test_a_damaged_ledger_is_as_none(tmp_path: Path, content: str | None) -> None:
    """Whatever it holds, everything runs, and the next ledger is good."""
    of = Tree(tmp_path)
    of.build_root.mkdir()
    if content is not None:
        (of.build_root / "passed.json").write_text(content)
    ledger = Ledger(of)
    assert {} == ledger.find({"hello": "a"})
    item = _hello(tree().root)
    ledger.record([before.result(item, Pass(item.name, 1.0, "vm"), "")], {item.name: "a"})
    assert {} == Ledger(of).find({item.name: "a"})


def test_what_failed_is_forgotten(tmp_path: Path) -> None:
    """A key whose item fails later (a case that fails now and then) is no pass any more."""
    of = Tree(tmp_path)
    of.build_root.mkdir()
    item = _hello(tree().root)
    known = before.result(item, Pass(item.name, 1.0, "vm"), "")
    good = dataclasses.replace(known, ending=Ending.PASSED)
    bad = dataclasses.replace(known, ending=Ending.FAILED)
    Ledger(of).record([good], {item.name: "a"})
    assert {item.name: Pass(item.name, 1.0, "vm")} == Ledger(of).find({item.name: "a"})
    Ledger(of).record([known], {item.name: "a"})
    assert [item.name] == list(Ledger(of).find({item.name: "a"}))
    Ledger(of).record([bad], {item.name: "a"})
    assert {} == Ledger(of).find({item.name: "a"})
