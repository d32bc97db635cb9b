# SPDX-License-Identifier: ISC
"""bindings/machine/: what guests that are whole machines share knows no target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solo5.facts import tree

_BINDINGS = tree().root / "bindings"
_FOLDERS = (_BINDINGS / "machine", *sorted((_BINDINGS / "arch").glob("*/machine")))


@pytest.mark.parametrize("folder", _FOLDERS, ids=lambda path: str(path.relative_to(_BINDINGS)))
def test_the_machine_layer_names_no_target(folder: Path) -> None:
    """A new target that is a whole machine finds traps and clocks there, and changes nothing of them."""
    names = re.compile(rf"(?:\b|_)(?:{'|'.join(tree().target_names)})(?:\b|_)", re.IGNORECASE)
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    assert [] != files
    assert [] == [path.name for path in files if names.search(path.read_text())]


def test_no_list_of_targets_says_which_is_a_machine() -> None:
    """A target itself says so, in its meson.build."""
    text = (_BINDINGS / "meson.build").read_text()
    assert [] == [name for name in tree().target_names if re.search(rf"\b{name}\b", text)]


def test_the_public_headers_are_no_list() -> None:
    """Each header of the folder is installed because it is there: no build file names one."""
    headers = [path.name for path in sorted((_BINDINGS / "include" / "solo5").iterdir())]
    text = (_BINDINGS / "meson.build").read_text()
    assert [] != headers
    assert [] == [name for name in headers if name in text]
