# SPDX-License-Identifier: ISC
"""`python -m solo5.debian pin`: writes what the archive has now."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from solo5.debian import __main__ as verb
from solo5.debian import foreign, pins
from solo5.debian.apt import Package
from solo5.errors import ToolMissingError
from solo5.facts import Arch, Tree, tree

PACKAGE = Package("musl-dev", "2", "pool/musl-dev.deb", 7, "ab" * 32)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Return a tree with this one's architectures and no pins, to which the verb writes."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "toolchains")
    made = Tree(tmp_path)
    monkeypatch.setattr(verb, "tree", lambda: made)
    monkeypatch.setattr(foreign, "python_version", lambda *_: "3.99")
    return made


def test_pin(at: Tree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each architecture has a file of its own; one whose index cannot be had keeps its pins, and the status says so."""
    broken, *others = at.arch_names

    def newest(arch: Arch, release: str) -> Iterator[tuple[str, Package]]:
        assert "moon" == release
        if arch.name == broken:
            message = "its index is being changed"
            raise ToolMissingError(message)
        yield "musl-dev", PACKAGE

    monkeypatch.setattr(foreign, "newest", newest)
    assert ToolMissingError.exit_status == verb.main(["pin", "--suite", "moon"])
    assert {} == pins.load(at, "moon", broken)
    for name in others:
        assert {"musl-dev": PACKAGE} == pins.load(at, "moon", name)
    assert 'python = "3.99"' in (at.root / "pins" / "moon.toml").read_text()
    assert f"moon: pins of {broken} stay as they are: its index is being changed" in capsys.readouterr().err
