# SPDX-License-Identifier: ISC
"""solo5.commands: the folder is the list, and each module has what a verb needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solo5 import commands
from solo5.errors import UsageError
from solo5.facts import tree
from solo5.options import Parser


@pytest.mark.parametrize("name", commands.names())
def test_a_verbs_module_has_all_that_a_verb_needs(name: str) -> None:
    """Summary, parser and main are there; the summary that is read is the one that the module holds."""
    module = commands.load(name)
    assert module.SUMMARY == commands.summary(name)
    assert module.SUMMARY.endswith(".")
    assert isinstance(module.SWEEPS_FIRST, bool)
    assert isinstance(module.parser(), Parser)
    assert module.parser().prog in {f"solo5 {name}", f"solo5-{name}"}
    assert callable(module.main)


def test_an_unknown_verb_is_a_mistake() -> None:
    """What is no module there, is no verb: neither a module from elsewhere nor the folder's own."""
    for name in ("", "os", "__init__", "../cli"):
        with pytest.raises(UsageError, match="no such command"):
            commands.load(name)


_GREET = """
from typing import Final

from solo5.options import Parser

SUMMARY: Final = "Say hello."
SWEEPS_FIRST: Final = False


def parser():
    made = Parser("solo5 greet", SUMMARY)
    made.add_argument("--whom", choices=["moon", "you"])
    return made


def main(words):
    print("hello", parser().parse_args(words).whom)
"""


def test_a_new_verb_is_one_file(tmp_path: Path) -> None:
    """A file more in a copy of the folder is a verb more: it is listed and runs, and a shell is told its options."""
    shutil.copytree(tree().root / "solo5", tmp_path / "solo5", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "solo5" / "commands" / "greet.py").write_text(_GREET)

    def said(*words: str, **env: str) -> str:
        argv = [sys.executable, "-m", "solo5.cli", *words]
        settings = {**os.environ, "PYTHONPATH": str(tmp_path), **env}
        return subprocess.run(argv, env=settings, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "  greet      Say hello." in said("--help").splitlines()
    assert "hello you\n" == said("greet", "--whom", "you")
    line = "solo5 greet --whom "
    told = tmp_path / "told"
    asks = {"_ARGCOMPLETE": "1", "_ARGCOMPLETE_STDOUT_FILENAME": str(told), "COMP_LINE": line}
    said(**asks, COMP_POINT=str(len(line)), _ARGCOMPLETE_IFS=" ")
    assert "moon you" == told.read_text()


def test_imports_in_functions_are_few() -> None:
    """What a verb needs, its module imports at the top; the dozen exceptions each say why."""
    late = [
        f"{path.relative_to(tree().root)}: {line.strip()}"
        for path in sorted((tree().root / "solo5").rglob("*.py"))
        for line in path.read_text().splitlines()
        if "PLC0415" in line
    ]
    assert len(late) <= 12, late
    assert [] == [line for line in late if not re.search(r"# noqa: PLC0415 - \S", line)]
