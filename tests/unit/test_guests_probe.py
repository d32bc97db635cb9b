# SPDX-License-Identifier: ISC
"""guests/probe: what the product believes a hypervisor by."""

from __future__ import annotations

import sys

import pytest

from solo5 import proc
from solo5.builder import build
from solo5.facts import Cell, tree


@pytest.mark.parametrize("cell", tree().cells(), ids=str)
def test_it_is_built_for_every_cell_and_ends_well(cell: Cell) -> None:
    """Where guests can run, it computes with floating-point numbers and ends with 0."""
    probe = build(tree().arch(cell.arch)).probe(tree().target(cell.target))
    done = proc.run(
        [sys.executable, "-m", "solo5.cli", "run", probe],
        kind=proc.Kind.OURS,
        env={"PYTHONPATH": str(tree().root)},
        deadline_s=120,
    )
    assert (0, b"") == (done.returncode, done.stderr)
