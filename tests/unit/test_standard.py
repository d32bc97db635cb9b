# SPDX-License-Identifier: ISC
"""solo5.standard: a closed, full or impatient output is no bug of ours."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from solo5 import commands
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import tree

_ENV = {**os.environ, "PYTHONPATH": str(tree().root), "SOLO5_VERBOSE": "0"}
_SOLO5 = (sys.executable, "-m", "solo5.cli")
_CLOSED = "solo5: standard output: it is closed; send it to where it can be written\n"
_FULL = "solo5: standard output: No space left on device; send it to where it can be written\n"


def _run(redirected: str, *words: str) -> subprocess.CompletedProcess[str]:
    shell = ["sh", "-c", f'exec "$@" {redirected}', "sh", *words]
    return subprocess.run(shell, env=_ENV, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("redirected", "line"), [(">&-", _CLOSED), (">/dev/full", _FULL)])
@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("--version",),
        ("doctor", "--json"),
        ("completion", "bash"),
        ("matrix", "--dry-run"),
        ("elftool", "-h"),
    ],
    ids=" ".join,
)
def test_an_output_that_cannot_be_written_is_one_line(words: tuple[str, ...], redirected: str, line: str) -> None:
    """It names standard output, whatever writes, and the status is that of something outside of us."""
    done = _run(redirected, *_SOLO5, *words)
    assert (ToolMissingError.exit_status, line) == (done.returncode, done.stderr)


@pytest.mark.parametrize("name", commands.names())
def test_help_into_a_closed_output_is_one_line(name: str) -> None:
    """So it is for the help of every verb."""
    done = _run(">&-", *_SOLO5, name, "--help")
    expected = commands.failure_status(commands.load(name)) or ToolMissingError.exit_status
    assert (expected, _CLOSED) == (done.returncode, done.stderr)


@pytest.mark.parametrize("redirected", ["2>&-", "2>/dev/full", "2>&- <&-"])
def test_who_cannot_be_told_of_a_failure_has_its_status(redirected: str) -> None:
    """A closed or full standard error changes no status, and no message goes elsewhere."""
    done = _run(redirected, *_SOLO5, "marix")
    assert (UsageError.exit_status, "") == (done.returncode, done.stdout)
    done = _run(redirected, *_SOLO5, "--version")
    assert (0, True) == (done.returncode, done.stdout.startswith("solo5 "))


def test_no_file_takes_the_number_of_a_closed_output() -> None:
    """What is opened when all three are closed is none of them, so that nothing is printed into it."""
    code = (
        "import os, sys; from solo5 import standard; standard.secure();"
        "number = os.open(sys.argv[1], os.O_RDONLY); assert number > 2, number;"
        "assert sys.stdin.read() == ''; print('x', file=sys.stderr);"
        "os.execvp('sh', ['sh', '-c', 'read x; echo x >&2 && ! echo x'])"
    )
    done = _run("<&- >&- 2>&-", sys.executable, "-c", code, __file__)
    assert 0 == done.returncode


def test_an_output_that_does_not_wait_gets_all() -> None:
    """A pipe that the caller set not to block is written whole, also where its reader is slow."""
    code = (
        "import os, sys; from solo5 import cli; os.set_blocking(1, False);"
        "cli.commands.load('completion').main = lambda words: print('y' * 10**6) or 0;"
        "sys.exit(cli.main(['completion']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=_ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert b"y" * 10**6 + b"\n" == child.stdout.read()
        assert b"" == child.stderr.read()
    assert 0 == child.returncode


@pytest.mark.parametrize("encoding", ["ascii", "utf-8:strict", "latin-1"])
def test_a_name_that_the_output_has_no_letters_for_is_written_all_the_same(encoding: str) -> None:
    """A path may be of bytes that are no text; it is escaped then, and nothing fails."""
    code = "import sys; from solo5 import cli; cli._usage = lambda: 'a\\u2603\\udcff'; sys.exit(cli.main(['--help']))"
    env = {**_ENV, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=False)
    assert (0, b"") == (done.returncode, done.stderr)
    assert done.stdout.startswith(b"a")
