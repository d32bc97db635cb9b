# SPDX-License-Identifier: ISC
"""solo5.facts.data: a checkout, or an installed package."""

from __future__ import annotations

from pathlib import Path

import pytest

from solo5.errors import ToolMissingError
from solo5.facts import BUILD_VARIABLE, DataRoot, data, tree


def test_this_package_lies_in_a_checkout() -> None:
    """The tests' own package finds the checkout that it lies in."""
    root = Path(__file__).resolve().parent.parent.parent
    assert DataRoot(root) == data.find()
    assert root == tree().checkout.root


def test_an_installed_package_brings_its_data(tmp_path: Path) -> None:
    """Data in the package come first; what is built lies there, whatever names the build folder of a checkout."""
    package = tmp_path / "site-packages" / "solo5"
    (package / "data" / "toolchains").mkdir(parents=True)
    found = data.find(package)
    assert DataRoot(package / "data", is_checkout=False) == found
    assert package / "data" == found.build_root


def test_what_needs_sources_says_so_without_a_checkout(tmp_path: Path) -> None:
    """Who asks an installed package for the sources gets one line."""
    with pytest.raises(ToolMissingError) as raised:
        _ = DataRoot(tmp_path, is_checkout=False).checkout
    expected = f"{tmp_path}: holds an installed package's data only; this needs a checkout of solo5's sources"
    assert expected == str(raised.value)


def test_neither(tmp_path: Path) -> None:
    """A package without data and without a checkout around it is one line."""
    with pytest.raises(ToolMissingError, match=r"no data in it, nor a checkout around it; install solo5 again$"):
        data.find(tmp_path / "solo5")


def test_the_build_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout builds into build, or where the variable says; relative to itself."""
    monkeypatch.delenv(BUILD_VARIABLE, raising=False)
    assert tmp_path / "build" == DataRoot(tmp_path).build_root
    monkeypatch.setenv(BUILD_VARIABLE, "other")
    assert tmp_path / "other" == DataRoot(tmp_path).build_root
    monkeypatch.setenv(BUILD_VARIABLE, "/elsewhere")
    assert Path("/elsewhere") == DataRoot(tmp_path).build_root
