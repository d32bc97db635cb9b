# SPDX-License-Identifier: ISC
"""solo5.registry, solo5.commands: who begins a kind or a verb is told which file lacks what."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solo5.errors import UsageError
from solo5.facts import tree

_LAUNCH = "from solo5 import launch; from solo5.facts import *; launch.of(Target('moon', 9, (1,), 'begun'), tree())"


@pytest.mark.parametrize(
    ("file", "words", "complaint"),
    [
        ("places/begun.py", ("-m", "solo5.cli", "doctor"), "lacks KIND, by which solo5.places has each place"),
        ("env/begun.py", ("-m", "solo5.cli", "doctor"), "lacks KIND, by which solo5.env has each environment"),
        ("launch/begun.py", ("-c", _LAUNCH), "lacks launcher, by which solo5.launch has each launcher"),
        ("commands/begun.py", ("-m", "solo5.cli", "--help"), 'lacks a line SUMMARY: Final = "..."'),
        (
            "commands/begun.py",
            ("-m", "solo5.cli", "begun"),
            "lacks SUMMARY, SWEEPS_FIRST, parser, main",
        ),
    ],
)
def test_a_file_that_is_only_begun_is_named(file: str, words: tuple[str, ...], complaint: str, tmp_path: Path) -> None:
    """A module without what its folder's modules have is one line of whatever command meets it: no bug of ours."""
    for name in ("solo5", "toolchains", "pins"):
        shutil.copytree(tree().root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    begun = tmp_path / "solo5" / file
    begun.write_text('"""Something new."""\n')
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    argv = [sys.executable, *words]
    done = subprocess.run(argv, env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert f"{begun}: {complaint}; what is no " in last
    assert "a bug of ours" not in last
    if "solo5.cli" in words:
        assert (UsageError.exit_status, 1) == (done.returncode, len(done.stderr.splitlines()))
