# SPDX-License-Identifier: ISC
"""`solo5 shell`: a prompt, a script or a command in each architecture's machine, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solo5.builder import build
from solo5.errors import INTERRUPTED
from solo5.facts import tree

_DEADLINE_S = 60.0
_ARCHS = tree().arch_names


@pytest.fixture(autouse=True, scope="module")
def _built() -> None:
    for arch in tree().archs():
        build(arch)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let each test show that no machine's folder is left."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tree().root))
    yield tmp_path
    assert [] == list(tmp_path.iterdir())


def _words(*more: str) -> list[str]:
    return [sys.executable, "-m", "solo5.cli", "shell", *more]


def _run(*words: str, script: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(_words(*words), input=script, capture_output=True, timeout=_DEADLINE_S, check=False)


class _Seat:
    """Someone at a terminal."""

    def __init__(self, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self._ours)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *_words(*words)], stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.seen = b""

    def resize(self, rows: int, columns: int) -> None:
        """Change the window's size, as a terminal emulator does."""
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, pattern: str) -> None:
        """Read until something appears behind what was waited for before."""
        deadline = time.monotonic() + _DEADLINE_S
        while (found := re.search(pattern.encode(), self.seen)) is None:
            assert time.monotonic() < deadline, self.seen
            if select.select([self._ours], [], [], 1)[0]:
                self.seen += os.read(self._ours, 4096)
        self.seen = self.seen[found.end() :]

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._ours, text.encode())

    def end(self) -> int:
        """Return the exit status; the terminal is as it was before."""
        status = self.process.wait(_DEADLINE_S)
        assert self.before == termios.tcgetattr(self._ours)
        os.close(self._ours)
        return status


@pytest.mark.parametrize("arch", _ARCHS)
def test_a_prompt_with_the_builds_files(arch: str) -> None:
    """Tender and guests are there; Ctrl-C ends what runs, not the shell; its status is ours."""
    seat = _Seat(arch)
    seat.wait_for(f"{arch}:/guest# ")
    seat.type("uname -m; solo5-spt hello.spt\n")
    seat.wait_for(f"\n{tree().arch(arch).uname or arch}\r\n")
    seat.wait_for("Hello, World")
    seat.wait_for(f"{arch}:/guest# ")
    # In a shell of its own: a key that comes between two programs is nobody's.
    seat.type("sh -c 'echo so it; sleep 100'\n")
    seat.wait_for("\nso it\r\n")
    seat.type("\3")
    seat.wait_for(f"{arch}:/guest# ")
    seat.type("exit 7\n")
    assert 7 == seat.end()


def test_the_size_follows_the_window() -> None:
    """Programs see the terminal's size, also when it has changed."""
    seat = _Seat(_ARCHS[0])
    seat.wait_for("# ")
    seat.type("stty size\n")
    seat.wait_for("\n24 80\r\n")
    seat.resize(50, 132)
    # It is set when the signal has come: a moment later.
    seat.type("until stty size | grep 132; do sleep 0.1; done\n")
    seat.wait_for("\n50 132\r\n")
    seat.wait_for("# ")
    seat.type("\4")
    assert 0 == seat.end()


def test_one_key_ends_a_machine_that_hangs() -> None:
    """Ctrl-] ends it whatever runs there."""
    seat = _Seat(_ARCHS[0])
    seat.wait_for("# ")
    seat.type("trap '' INT; echo so it; while :; do :; done\n")
    seat.wait_for("\nso it\r\n")
    seat.type("\x1d")
    assert INTERRUPTED == seat.end()


def test_a_terminal_that_closes_ends_it() -> None:
    """Nobody sits there any more: machine, process and files go."""
    seat = _Seat(_ARCHS[0])
    seat.wait_for("# ")
    os.close(seat._ours)  # noqa: SLF001 - as a window that is closed
    assert 0 != seat.process.wait(_DEADLINE_S)


@pytest.mark.parametrize("arch", _ARCHS)
def test_a_script_runs_without_a_terminal(arch: str) -> None:
    """Standard input is the script, output and error stay apart, the status is the script's."""
    done = _run(arch, script=b"solo5-spt hello.spt a; wc -c <disk.img; tty >&2; exit 3\n")
    assert 3 == done.returncode
    assert done.stdout.endswith(b"1048576\n")
    assert b"Hello, World" in done.stdout
    assert b"not a tty\n" == done.stderr


def test_a_command_gets_standard_input() -> None:
    """Words behind -- are a command, as they are; it reads what we are given."""
    done = _run(_ARCHS[0], "--", "sh", "-c", 'echo "$1"; wc -c', "-", "a  b", script=bytes(300_000))
    assert (0, b"a  b\n300000\n", b"") == (done.returncode, done.stdout, done.stderr)


def test_devices_to_try_guests_with() -> None:
    """A disk image and a tap are there, and a guest can have them."""
    done = _run(_ARCHS[0], "--", "solo5-spt", "--block:disk=disk.img", "blk.spt", "ends")
    assert done.stdout.startswith(b"block_size 512\ncapacity 1048576\n"), done.stderr
    assert 0 == _run(_ARCHS[0], "--", "ip", "link", "show", "tap0").returncode


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["moon"], 125, "solo5: arch 'moon': not known; known: "),
        ([], 125, "solo5: shell: "),
        ([_ARCHS[0], "--compiler", "moon"], 125, "solo5: compiler 'moon': not known; known: "),
        ([_ARCHS[0], "--", "moon"], 127, "sh: exec: line 0: moon: not found"),
    ],
)
def test_what_is_not_there_is_one_line(words: list[str], status: int, said: str) -> None:
    """An unknown architecture, compiler or command."""
    done = _run(*words)
    assert status == done.returncode
    assert 1 == len(done.stderr.splitlines()), done.stderr
    assert said in done.stderr.decode()
