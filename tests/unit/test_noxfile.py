# SPDX-License-Identifier: ISC
"""noxfile.py: the sessions are the tree's."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from solo5 import proc
from solo5.errors import BuildError
from solo5.facts import tree

FIXED = {"matrix", "unit", "tests", "lint", "bench", "image", "containers", "kernels", "releases"}


def sessions(root: Path) -> dict[str, str]:
    """Return the sessions of a tree's noxfile with their descriptions, as a nox from elsewhere lists them."""
    words = [sys.executable, "-m", "nox", "--noxfile", str(root / "noxfile.py"), "--list"]
    # Nothing but the noxfile itself may make the tree's package known.
    done = proc.run(words, cwd=Path(os.sep), kind=proc.Kind.OURS, env={"PYTHONPATH": ""}, error=BuildError)
    return dict(re.findall(r"^[*-] (\S+)(?: -> (.*))?$", done.stdout.decode(), re.MULTILINE))


def test_sessions() -> None:
    """There is a session for each architecture, for each cell, and for each verb of the whole."""
    builds = {f"build-{name}" for name in tree().arch_names}
    tests = {f"test-{cell}" for cell in tree().cells()}
    assert builds | tests | FIXED == set(sessions(tree().root))


def test_described() -> None:
    """`nox -l` says of each session what it does."""
    assert [] == [name for name, description in sessions(tree().root).items() if not description]


def test_new_architecture(tmp_path: Path) -> None:
    """An architecture and a cell that come as new files have their sessions, with no file edited."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "toolchains")
    shutil.copytree(tree().root / "solo5", tmp_path / "solo5")
    shutil.copy(tree().root / "noxfile.py", tmp_path)
    facts = tmp_path / "toolchains" / "arch"
    shutil.copy(facts / f"{tree().arch_names[0]}.toml", facts / "dummy.toml")
    (tmp_path / "bindings" / "arch" / "dummy" / tree().target_names[0]).mkdir(parents=True)
    made = set(sessions(tmp_path))
    assert {"build-dummy", f"test-{tree().target_names[0]}-dummy"} == {name for name in made if "dummy" in name}
