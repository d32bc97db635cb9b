# SPDX-License-Identifier: ISC
"""The board, on real terminals: what it shows, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Callable

import pytest

from solo5.facts import tree
from solo5.matrix import flow

_DEADLINE_S = 120.0
_SHOW_CURSOR = b"\x1b[?25h"
_HIDE_CURSOR = b"\x1b[?25l"
_CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_CELL = next(str(cell) for cell in tree().cells() if tree().arch(cell.arch).is_host)


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the tests run on, theirs can move its cursor."""
    monkeypatch.setenv("TERM", "xterm-256color")


def _on_a_terminal(words: list[str], *, until: Callable[[bytes], bool] | None = None, **env: str) -> tuple[int, bytes]:
    """Run the matrix on a terminal; return its status and all it wrote. `until`: press Ctrl-C then."""
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {key: value for key, value in os.environ.items() if key not in {"CI", "NO_COLOR"}}
        environment |= {"COLUMNS": "110", "PYTHONPATH": str(tree().root), **env}
        os.chdir(tree().root)
        command = [sys.executable, "-m", "solo5.cli", "matrix", "--cell", _CELL, "--no-cache", *words]
        os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is wanted
    said, pressed = b"", False
    deadline = time.monotonic() + _DEADLINE_S
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while piece := os.read(terminal, 65536):
            said += piece
            assert time.monotonic() < deadline
            if until is not None and not pressed and until(said):
                pressed = True
                os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said


def test_a_terminal_shows_phases_cells_and_cases() -> None:
    """While it runs: times of phases, a bar of the cell, the cases; then the table, and the cursor is back."""
    status, said = _on_a_terminal(["-k", "net or time or yield"])
    text = _CONTROL.sub(b"", said).decode()
    assert 0 == status
    assert re.search(r"build \w+ \d+\.\d s · plan \d+\.\d s · run \d+\.\d s", text)
    assert re.search(rf"{_CELL} +[━╸╺]+ +\d+/\d+", text)
    assert re.search(rf"[\]\w]-{_CELL} +\d+\.\d s", text)
    assert text.rstrip().splitlines()[-1].startswith("time: ")
    assert said.rindex(_SHOW_CURSOR) > said.rindex(_HIDE_CURSOR)


def _read_until(terminal: int, text: str) -> bytes:
    """Read what comes from a terminal until a text has come, beside what moves the cursor."""
    said = b""
    while text not in _CONTROL.sub(b"", said).decode(errors="replace"):
        readable, _, _ = select.select([terminal], [], [], _DEADLINE_S)
        assert [terminal] == readable, said
        said += os.read(terminal, 65536)
    return said


def test_the_last_line_of_output_is_shown_made_harmless() -> None:
    """What a guest writes stands beside its case; a control character shows as a dot."""
    from solo5.matrix.board import Board  # noqa: PLC0415 - with its terminal

    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as out:
        board = Board(out)
        board.take({"kind": "begun", "worker": "gw0", "name": "hello", "cell": _CELL})
        board.take({"kind": "said", "worker": "gw0", "text": "said \x1b]0;title\x07 this"})
        said = _read_until(master, "said ·]0;title· this")
        board.close()
        board.close()
    said += os.read(master, 1 << 16)
    os.close(master)
    assert b"\x1b]0" not in said


def test_a_failure_stays_above_the_board() -> None:
    """A failing case is told as it ends, with its cause, and the board is drawn below."""
    from solo5.matrix.board import Board  # noqa: PLC0415 - with its terminal

    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as out:
        board = Board(out)
        board.take({"kind": "chosen", "worker": "gw0", "cells": {_CELL: 2}})
        for ending, detail in (("failed", "ended with status 3"), ("passed", "")):
            board.take(
                {"kind": "ended", "worker": "gw0", "name": ending, "cell": _CELL, "ending": ending, "detail": detail}
            )
        said = _read_until(master, "2/2  1 failed")
        board.close()
    text = _CONTROL.sub(b"", said + os.read(master, 1 << 16)).decode()
    os.close(master)
    assert "failed: failed: ended with status 3\r\n" in text
    assert "passed: passed" not in text


def test_what_pytest_says_of_failures_follows_the_board() -> None:
    """Of its output the dots are left out; an error before them is shown whole."""
    log = "..F.   [100%]\n\n=== FAILURES ===\n___ a ___\nlog\n=== 1 failed in 1 s ===\n"
    assert "=== FAILURES ===\n___ a ___\nlog\n=== 1 failed in 1 s ===\n" == flow.behind_progress(log)
    assert "ERROR: usage\n" == flow.behind_progress("ERROR: usage\n")


@pytest.mark.parametrize(
    ("words", "env"), [(["--plain"], {}), ([], {"TERM": "dumb"}), ([], {"CI": "1"})], ids=["plain", "dumb", "ci"]
)
def test_who_wants_lines_gets_lines(words: list[str], env: dict[str, str]) -> None:
    """With --plain, on a dumb terminal and in CI nothing is drawn twice."""
    status, said = _on_a_terminal([*words, "--case", "hello"], until=None, **env)
    assert 0 == status
    assert b"== run\r\n" in said
    assert _HIDE_CURSOR not in said


def test_no_color_means_none() -> None:
    """NO_COLOR (no-color.org) leaves the board, and takes its colours."""
    status, said = _on_a_terminal(["--case", "hello"], NO_COLOR="1")
    assert 0 == status
    assert _HIDE_CURSOR in said
    assert [] == re.findall(rb"\x1b\[[0-9;]*3[0-7][0-9;]*m", said)


def test_an_interrupted_board_leaves_the_terminal_as_it_was() -> None:
    """Ctrl-C ends all, and the cursor is back."""
    status, said = _on_a_terminal(
        [], until=lambda seen: re.search(rb" [1-9]\d*/\d", _CONTROL.sub(b"", seen)) is not None
    )
    assert 128 + signal.SIGINT == status
    assert said.rindex(_SHOW_CURSOR) > said.rindex(_HIDE_CURSOR)
    assert b"Traceback" not in said
