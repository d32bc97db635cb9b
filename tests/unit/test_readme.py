# SPDX-License-Identifier: ISC
"""README.md and SECURITY.md say what the tree holds."""

import re

from solo5 import commands, documents
from solo5.facts import tree


def _check(*names: str) -> None:
    """See that what `solo5 tables` would write into these blocks stands there; counts nothing."""
    blocks = [block for block in documents.BLOCKS if block.name in names]
    assert len(names) == len(blocks)
    assert () == documents.wrong_blocks(tree(), (), blocks)


def test_the_matrix_in_the_readme_is_the_trees() -> None:
    """Every cell of the tree stands in README.md as tested, every other as missing."""
    _check("matrix")


def test_the_verbs_in_the_readme_exist() -> None:
    """Each session and each `solo5` command that the README names is one."""
    text = (tree().root / "README.md").read_text()
    sessions = {f"build-{arch}" for arch in tree().arch_names} | {f"test-{cell}" for cell in tree().cells()}
    sessions |= {"matrix", "tests", "lint", "bench", "kernels"}
    assert set(re.findall(r"\./noxw -s ([a-z0-9_-]+)", text)) <= sessions
    assert set(re.findall(r"`solo5 ([a-z]+)", text)) <= set(commands.names())


def test_the_verbs_of_the_readme_are_the_folders() -> None:
    """Each verb stands in README.md with its summary, and no other."""
    _check("verbs")


def test_the_lines_of_the_readme_are_of_the_architectures() -> None:
    """The table of code has a column for each architecture; its figures, test_builder_loc compares."""
    _check("lines")


def test_what_is_said_of_security_is_the_trees() -> None:
    """SECURITY.md has a column for each file of docs/security/, and the numbers of calls that tenders have."""
    _check("boundaries", "calls")
