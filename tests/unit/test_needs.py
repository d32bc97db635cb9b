# SPDX-License-Identifier: ISC
"""solo5.needs: what is not there is named, brought, or refused in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from solo5 import debian, needs, places
from solo5.errors import ToolMissingError
from solo5.facts import Tree, tree
from solo5.need import Need

UNHEARD_OF = "solo5-no-such-package"


@pytest.fixture
def without(tmp_path: Path) -> Tree:
    """Return a tree whose compiler exists nowhere."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "tree" / "toolchains")
    for path in (tmp_path / "tree" / "toolchains" / "compiler").iterdir():
        names = ["cc", "ld", "objcopy", "ar", "strip"]
        lines = [
            f"default = {str(path.stem == tree().default_compiler).lower()}",
            f'packages = ["{UNHEARD_OF}"]',
            f'native_packages = ["{UNHEARD_OF}"]',
            *(f"{name} = []" for name in ("cc_args", "guest_flags", "files")),
        ]
        lines += [f'{name} = "solo5-no-such-{name}"' for name in names]
        path.write_text("\n".join(lines))
    return Tree(tmp_path / "tree")


def test_absent(tmp_path: Path) -> None:
    """A need names exactly what of it is not there."""
    gone = tmp_path / "gone.h"
    (tmp_path / "given.txt").touch()
    need = Need(
        "x",
        ("p",),
        "y",
        ("sh", "solo5-no-such-program"),
        (f"{tmp_path}/g*.txt", str(gone)),
        ("libc.so.6", "libsolo5-none.so.1"),
    )
    assert ("solo5-no-such-program", str(gone), "libsolo5-none.so.1") == need.absent()


def test_require_missing(without: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed and cannot be installed stops the work with one line, before anything is built."""
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    settings = (
        'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{tmp_path}/lists";\nDir::Cache "{tmp_path}";\n'
    )
    (tmp_path / "apt.conf").write_text(settings)
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    with pytest.raises(ToolMissingError) as caught:
        needs.require(run=False, native=False, at=without)
    assert UNHEARD_OF in str(caught.value)
    assert "apt-get install -y" in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_require_incomplete(without: Tree) -> None:
    """A package that is installed without giving its program is not installed again for ever."""
    for path in (without.root / "toolchains" / "compiler").iterdir():
        path.write_text(path.read_text().replace(UNHEARD_OF, "dpkg"))
    with pytest.raises(ToolMissingError, match=r"solo5-no-such-cc, .* not found, though dpkg is installed"):
        needs.require(run=False, native=False, at=without)


def test_require_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that needs nothing of an architecture asks neither dpkg nor a source."""
    monkeypatch.setenv("SOLO5_CACHE", "/proc/no-such-cache")
    needs.require((), native=False)


@pytest.mark.parametrize("place", places.names())
def test_a_place_that_was_asked_for_is_all_that_runs(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What other kinds of places need is neither looked for nor fetched."""
    archs = tree().archs()
    without = needs.needed(archs, tree(), build=False, run=False, native=False)
    found = needs.needed(archs, tree(), build=False, place=place, native=False)
    assert (*without, *(need for arch in archs for need in places.kind(place).needs(arch, tree()))) == found
    fetched: list[str] = []
    monkeypatch.setattr(debian, "install", lambda _: None)
    monkeypatch.setattr(debian, "fetch_all", lambda _archs, names, **_: fetched.extend(names))
    needs.require(archs, build=False, place=place, native=False)
    assert sorted(fetched) == sorted(places.kind(place).bundles)
