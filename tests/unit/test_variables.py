# SPDX-License-Identifier: ISC
"""Environment variables of ours: docs/decisions.md lists them, and each is known to one module."""

from __future__ import annotations

import ast
import collections
import re
from collections.abc import Iterator
from pathlib import Path

from solo5.facts import tree

_ROOT = tree().root
_NAME = re.compile(r"SOLO5_[A-Z_]+")
#: Values of solo5.h.
_OF_THE_API = ("SOLO5_EXIT_", "SOLO5_R_")


def _programs() -> Iterator[Path]:
    """Yield what of the tree is Python and no test."""
    yield from sorted((_ROOT / "solo5").rglob("*.py"))
    yield from (_ROOT / name for name in ("noxfile.py", "noxw", "ci/engine"))


def _named(path: Path) -> set[str]:
    """Return the variables of ours that a file names, but for prose."""
    nodes = ast.walk(ast.parse(path.read_text()))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in texts if _NAME.fullmatch(text)}


def test_each_variable_is_decided_on_and_known_to_one_module() -> None:
    """Names in the programs are those of the table, each in one file, which reads it."""
    text = (_ROOT / "docs" / "decisions.md").read_text()
    decided = sorted(re.findall(r"^\| `(SOLO5_[A-Z_]+)` \|", text, re.MULTILINE))
    named = collections.Counter(name for path in _programs() for name in _named(path))
    assert dict.fromkeys(decided, 1) == dict(named)
    owners = [path for path in _programs() if _named(path)]
    assert [] == [path for path in owners if "os.environ" not in path.read_text()]


def test_prose_names_no_other_variable() -> None:
    """What a text of ours tells people to set is in the table."""
    decided = set(_NAME.findall((_ROOT / "docs" / "decisions.md").read_text()))
    pages = [path for path in _ROOT.glob("*.md") if path.name != "CHANGELOG.md"]
    named = {name for path in (*pages, *_programs()) for name in _NAME.findall(path.read_text())}
    assert {name for name in named if not name.startswith(_OF_THE_API)} - decided == set()
