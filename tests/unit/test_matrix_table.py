# SPDX-License-Identifier: ISC
"""solo5.matrix.table: readable on every terminal, and without colours for who wants none."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import termios

import pytest

from solo5 import progress
from solo5.facts import Cell, tree

#: A style that has a colour (ECMA-48, SGR).
_COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)(?:;\d+)*m")


def _on_terminal(columns: int, *words: str, **env: str) -> tuple[int, str]:
    """Run a program on a terminal of so many columns; return its status and all that is shown."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "COLUMNS", "LINES"}}
    settings = {**kept, "TERM": "xterm-256color", "PYTHONPATH": str(tree().root), **env}
    with subprocess.Popen(words, cwd=tree().root, stdin=theirs, stdout=theirs, stderr=theirs, env=settings) as child:
        os.close(theirs)
        shown = b""
        # The end of a terminal that nobody has open is an error (pty(7)).
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                shown += piece
    os.close(ours)
    return child.returncode, shown.decode(errors="replace")


#: Shows the table of a tree with every cell.
_PROGRAM = """
from solo5.facts import Cell, tree
from solo5.matrix import table
from solo5.matrix.report import CellState
from solo5.matrix.verdict import Ending
table.show([
    CellState(Cell(target, arch), True, {Ending.PASSED: 1580, Ending.FAILED: 2})
    for target in tree().target_names for arch in tree().arch_names
])
"""
_TABLE = (sys.executable, "-c", _PROGRAM)


def test_a_narrow_terminal_has_a_line_for_each_cell() -> None:
    """At 30 columns nothing is cut or folded inside of a word; a wide one has the table."""
    status, shown = _on_terminal(30, *_TABLE)
    cells = [Cell(target, arch) for target in tree().target_names for arch in tree().arch_names]
    lines = re.sub(r"\x1b\[[\d;]*m", "", shown).split()
    expected = " ".join(f"{cell}: 2 failed, 1580 passed" for cell in cells).split()
    assert (0, expected) == (status, lines)
    assert "━" in _on_terminal(200, *_TABLE)[1]


@pytest.mark.parametrize("columns", [30, 200])
def test_who_wants_no_colour_gets_none(columns: int) -> None:
    """Any value of NO_COLOR that is not empty says so, whatever else is set; without it there are some."""
    assert not _COLOUR.search(_on_terminal(columns, *_TABLE, NO_COLOR="0", FORCE_COLOR="1")[1])
    assert _COLOUR.search(_on_terminal(columns, *_TABLE, NO_COLOR="")[1])


def test_a_whole_run_has_no_colour() -> None:
    """Board, pytest and table; so have help and the sessions' list."""
    cell = next(str(cell) for cell in tree().cells() if tree().arch(cell.arch).is_host)
    solo5 = (sys.executable, "-m", "solo5.cli")
    runs = [(*solo5, "matrix", "--cell", cell, "--case", "hello"), (*solo5, "matrix", "--help")]
    for words in (*runs, (*runs[0], "--plain")):
        status, shown = _on_terminal(80, *words, NO_COLOR="1", FORCE_COLOR="1")
        assert (0, None) == (status, _COLOUR.search(shown)), shown
    status, shown = _on_terminal(80, sys.executable, "noxfile.py", "-l", NO_COLOR="1")
    assert (0, None) == (status, _COLOUR.search(shown)), shown


def test_compilers_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    """GCC's are left out where they would not show, or are not wanted."""
    text = "\x1b[01m\x1b[Ka.c:1:1:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kx"
    ours, theirs = pty.openpty()
    with open(ours, "rb", 0), open(theirs, "w", encoding="utf-8") as terminal, open(os.devnull, "w") as file:  # noqa: PTH123
        monkeypatch.delenv("NO_COLOR", raising=False)
        assert (text, "a.c:1:1: error: x") == (progress.coloured(text, terminal), progress.coloured(text, file))
        monkeypatch.setenv("NO_COLOR", "1")
        assert "a.c:1:1: error: x" == progress.coloured(text, terminal)
