# SPDX-License-Identifier: ISC
"""The README says what the tree holds."""

import re

from solo5 import commands
from solo5.facts import Cell, tree

_VERBS = re.compile(r"<!-- verbs:.*?-->\n(.*?)<!-- /verbs -->", re.DOTALL)
_MATRIX = re.compile(r"<!-- matrix:.*?-->\n(.*?)<!-- /matrix -->", re.DOTALL)


def _table() -> str:
    archs = tree().arch_names
    lines = ["| | " + " | ".join(archs) + " |", "|---" * (1 + len(archs)) + "|"]
    for target in tree().target_names:
        states = ("tested" if tree().has_cell(Cell(target, arch)) else "missing" for arch in archs)
        lines.append(f"| {target} | " + " | ".join(states) + " |")
    return "\n".join(lines) + "\n"


def test_the_matrix_in_the_readme_is_the_trees() -> None:
    """Every cell of the tree stands in README.md as tested, every other as missing."""
    found = _MATRIX.search((tree().root / "README.md").read_text())
    assert found is not None
    assert _table() == found[1]


def test_the_verbs_in_the_readme_exist() -> None:
    """Each session and each `solo5` command that the README names is one."""
    text = (tree().root / "README.md").read_text()
    sessions = {f"build-{arch}" for arch in tree().arch_names} | {f"test-{cell}" for cell in tree().cells()}
    sessions |= {"matrix", "tests", "lint", "bench"}
    assert set(re.findall(r"\./noxw -s ([a-z0-9_-]+)", text)) <= sessions
    assert set(re.findall(r"`solo5 ([a-z]+)", text)) <= set(commands.names())


def test_the_verbs_of_the_readme_are_the_folders() -> None:
    """Each verb stands in README.md with its summary, and no other."""
    rows = "".join(f"| `solo5 {name}` | {commands.summary(name)} |\n" for name in commands.names())
    found = _VERBS.search((tree().root / "README.md").read_text())
    assert found is not None
    assert f"| command | what it does |\n|---|---|\n{rows}" == found[1]
