# SPDX-License-Identifier: ISC
"""solo5.documents: what the tree decides is written into the documents, and only between the marks."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from solo5 import documents
from solo5.errors import UsageError
from solo5.facts import Tree, tree

_LINES = next(block for block in documents.BLOCKS if block.name == "lines")


@pytest.fixture
def copy(tmp_path: Path) -> Tree:
    """Return a tree of facts and documents, with one architecture more than the documents know."""
    for name in ("toolchains", "docs"):
        shutil.copytree(tree().root / name, tmp_path / name)
    for name in sorted({block.file for block in documents.BLOCKS}):
        shutil.copy(tree().root / name, tmp_path / name)
    archs = tmp_path / "toolchains" / "arch"
    shutil.copy(archs / f"{tree().arch_names[0]}.toml", archs / "vax.toml")
    (tmp_path / "bindings" / "arch" / "vax" / tree().target_names[0]).mkdir(parents=True)
    return Tree(tmp_path)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tenders' cores be those that are built."""
    monkeypatch.setattr(documents, "build_native", lambda **_: None)


@pytest.mark.usefixtures("built")
def test_only_blocks_are_written(copy: Tree) -> None:
    """A new architecture gets its columns; each line outside of the blocks stays; then nothing is left to write."""
    written = documents.texts(copy, ())
    for path, text in written.items():
        before = path.read_text()
        assert before != text
        for block in documents.BLOCKS:
            if block.file == path.name:
                before, text = block.replaced(before, ""), block.replaced(text, "")  # noqa: PLW2901 - less and less
        assert before == text
    assert "| vax |" in written[copy.root / "README.md"]
    assert "| vax |" in written[copy.root / "SECURITY.md"]
    for path, text in written.items():
        path.write_text(text)
    assert () == documents.wrong_blocks(copy, ())


@pytest.mark.usefixtures("built")
def test_a_block_that_is_wrong_is_named(copy: Tree) -> None:
    """What would be written anew is said by file and name."""
    wrong = documents.wrong_blocks(copy, ())
    assert any(line.startswith("README.md: matrix: ") for line in wrong)
    assert any(line.startswith("SECURITY.md: calls: ") for line in wrong)
    assert not any("boundaries" in line for line in wrong)


def test_a_document_without_a_block_is_refused() -> None:
    """The line names the document and the marks that it lacks."""
    with pytest.raises(UsageError, match=r"README\.md: expected a block from <!-- lines"):
        _LINES.text("nothing")


def test_a_column_lacks_no_boundary(copy: Tree) -> None:
    """A target's file says something of each boundary, or is refused."""
    file = next((copy.root / "docs" / "security").glob("*.toml"))
    file.write_text(file.read_text().replace("\nfiles =", "\nfile ="))
    with pytest.raises(UsageError, match=f"{file.name}.*file"):
        documents.wrong_blocks(copy, (), [block for block in documents.BLOCKS if block.name == "boundaries"])


def test_each_architecture_says_what_it_leaves_of_kvm() -> None:
    """Who limits what a guest has of KVM says in SECURITY.md what is left."""
    root = tree().root
    limited = {path.parent.name for path in root.glob("tenders/arch/*/kvm_limits.c")}
    assert limited == {path.stem for path in root.glob("docs/security/kvm/*.toml")}


def test_figures_of_others_stay(copy: Tree) -> None:
    """An architecture that is not counted keeps its figures, and one that is gone loses its column."""
    before = _LINES.text((copy.root / "README.md").read_text())
    after = _LINES.write(copy, before, ())
    assert re.findall(r"\d+", before.partition("\n")[2]) == re.findall(r"\d+", after.partition("\n")[2])
    (copy.root / "toolchains" / "arch" / f"{tree().arch_names[0]}.toml").unlink()
    assert tree().arch_names[0] not in _LINES.write(copy, before, ())


@pytest.mark.parametrize(("figure", "near"), [("100", True), ("98", True), ("102", True), ("97", False), ("", False)])
def test_a_figure_is_right_to_a_fiftieth(figure: str, *, near: bool) -> None:
    """A small change of code need not touch README.md; a large one, or another table, does."""
    table = "| lines | vax |\n|---|---|\n| solo5-spt | {} |\n"
    assert near == _LINES.is_near(table.format(figure), table.format(100))


def test_blocks_are_told_apart() -> None:
    """No document has two blocks of one name."""
    places = [(block.file, block.name) for block in documents.BLOCKS]
    assert len(places) == len(set(places))
