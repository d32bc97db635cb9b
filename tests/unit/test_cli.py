# SPDX-License-Identifier: ISC
"""solo5.cli: subcommands, and what errors become."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import pytest

import solo5
from solo5 import cli, commands, proc
from solo5.errors import GuestError, MachineError, Solo5Error, UsageError
from solo5.facts import tree
from solo5.options import Parser


def run(*words: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run the command; return status, stdout and stderr."""
    done = proc.run(
        [sys.executable, "-m", "solo5.cli", *words],
        kind=proc.Kind.OURS,
        env={"PYTHONPATH": str(tree().root), "SOLO5_VERBOSE": "0", **(env or {})},
        deadline_s=30,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_help_names_every_command() -> None:
    """--help is on stdout, status 0, and has a line for each command."""
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")] == list(commands.names())


def test_version() -> None:
    """--version prints the package's version."""
    assert run("--version") == (0, f"solo5 {solo5.__version__}\n", "")


def test_an_unknown_command_shows_the_known_ones() -> None:
    """A misspelt command is one line with all names, and the status of a user's mistake."""
    known = ", ".join(commands.names())
    assert run("marix") == (2, "", f"solo5: marix: no such command; known: {known}\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ("matrix", "--cel", "x"),
            "matrix: unrecognized argument: --cel; did you mean --cell; see: solo5 matrix --help",
        ),
        (("matrix", "--cell"), "matrix: argument --cell: expected one argument; see: solo5 matrix --help"),
        (("explain",), "explain: the following arguments are required: JOB; see: solo5 explain --help"),
        (("build", "vax"), f"arch 'vax': not known; known: {', '.join(tree().arch_names)}"),
        (
            ("matrix", "--cell", "spt-vax"),
            f"cell 'spt-vax': not known; known: {', '.join(map(str, tree().cells()))}",
        ),
        (("run",), "run: no FILE given; see: solo5 run --help"),
        (("run", "/nonexistent"), "/nonexistent: "),
    ],
)
def test_a_mistake_is_one_line(words: tuple[str, ...], complaint: str) -> None:
    """A mistake of the user is one line on stderr, nothing on stdout, status 2 (or 125)."""
    status, out, err = run(*words)
    expected = commands.failure_status(commands.load(words[0])) or UsageError.exit_status
    assert (status, out) == (expected, "")
    assert err.startswith(f"solo5: {complaint}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [Solo5Error("x"), UsageError("x"), MachineError("x"), ValueError("x")])
@pytest.mark.parametrize("verb", ["run", "shell"])
def test_a_failure_is_not_taken_for_the_programs_status(
    verb: str, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Verbs that end as the program that they run end with 125 if that is not what ended, and say why."""

    def fail(_words: Sequence[str]) -> int:
        raise error

    monkeypatch.setattr(commands.load(verb), "main", fail)
    monkeypatch.setenv("SOLO5_VERBOSE", "0")
    assert cli.main([verb]) == 125
    assert 1 == capsys.readouterr().err.count("\n")


class Raising:
    """A command that fails."""

    SUMMARY = "Fail."
    SWEEPS_FIRST = False

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def parser(self) -> Parser:
        """Return what is never asked."""
        return Parser("solo5 x")

    def main(self, _words: Sequence[str]) -> int:
        """Fail."""
        raise self._error


def install(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every command fail so."""

    def load(_name: str) -> commands.Command:
        return Raising(error)

    monkeypatch.setattr(commands, "load", load)


@pytest.mark.parametrize("kind", [Solo5Error, UsageError, GuestError, MachineError])
def test_each_kind_of_error_has_its_status(
    kind: type[Solo5Error], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error with a message is that message and the status of its kind."""
    install(monkeypatch, kind("disk: is full"))
    assert cli.main(["x"]) == kind.exit_status
    assert capsys.readouterr() == ("", "solo5: disk: is full\n")


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An interrupt ends with 130 and says nothing."""
    install(monkeypatch, KeyboardInterrupt())
    assert cli.main(["x"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_bug_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An error nobody foresaw is one line that says how to see more."""
    install(monkeypatch, ValueError("odd"))
    monkeypatch.setenv("SOLO5_VERBOSE", "")
    assert cli.main(["x"]) == 70
    expected = "solo5: a bug of ours: ValueError: odd; SOLO5_VERBOSE=1 shows where\n"
    assert capsys.readouterr() == ("", expected)


def test_a_bug_shows_its_traceback_on_request(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With SOLO5_VERBOSE=1 the traceback is on standard error, and the status is still that of a bug of ours."""
    install(monkeypatch, ValueError("odd"))
    monkeypatch.setenv("SOLO5_VERBOSE", "1")
    assert cli.main(["x"]) == 70
    lines = capsys.readouterr().err.splitlines()
    assert "Traceback (most recent call last):" == lines[0]
    assert ["ValueError: odd", "solo5: a bug of ours: ValueError: odd"] == lines[-2:]


def test_a_closed_pipe_is_no_traceback() -> None:
    """`solo5 ... | head` ends quietly, with the status of SIGPIPE."""
    code = (
        "import sys; from solo5 import cli;"
        "cli.commands.load('completion').main = lambda words: print('y' * 10**6) or 0;"
        "sys.exit(cli.main(['completion']))"
    )
    quoted = proc.line([sys.executable, "-c", code])
    done = proc.run(
        ["bash", "-c", f"{quoted} | true; exit ${{PIPESTATUS[0]}}"],
        env={"PYTHONPATH": str(tree().root)},
        deadline_s=30,
    )
    assert (done.returncode, done.stderr) == (141, b"")


def test_help_starts_fast() -> None:
    """What --help does without is not imported."""
    code = "import sys; from solo5 import cli; cli.main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = proc.run(
        [sys.executable, "-c", code], kind=proc.Kind.OURS, env={"PYTHONPATH": str(tree().root)}, deadline_s=30
    )
    modules = set(done.stderr.decode().split())
    verbs = {f"solo5.commands.{name}" for name in commands.names()}
    heavy = {
        "solo5.builder",
        "solo5.facts",
        "solo5.matrix",
        "solo5.run",
        "solo5.debian",
        "solo5.elf",
        "elftools",
        "rich",
        "pytest",
    }
    assert (heavy | verbs) & modules == set()


def test_a_plan_is_printed_and_nothing_done() -> None:
    """A dry run shows the environment, packages, builds, places with reasons, the run and the report."""
    status, out, err = run("matrix", "--dry-run", "--", "-k", "hello")
    assert (status, err) == (0, "")
    heads = [line.split(":")[0] for line in out.splitlines()]
    archs = list(dict.fromkeys(cell.arch for cell in tree().cells()))
    assert heads == [
        "environment",
        "packages",
        *(f"build {arch}" for arch in archs),
        *(f"place of {cell}" for cell in tree().cells()),
        "run",
        "report",
    ]
    assert " -k hello\n" in out


def test_explain_says_what_and_where_and_why() -> None:
    """The explanation names cell, guest, command, devices and place of a job."""
    cell = next(cell for cell in tree().cells())
    status, out, err = run("explain", f"blk[512]-{cell}")
    assert (status, err) == (0, "")
    found = {line.split()[0]: line.partition(" ")[2].strip() for line in out.splitlines()}
    assert found["job"] == f"blk[512]-{cell}"
    assert found["cell"].startswith(f"{cell}: ")
    assert found["guest"].startswith("tests/guests/blk/blk.c, built as ")
    assert f"/guest/blk.{cell.target}" in found["command"]
    assert found["block"].startswith("disk: 4096 bytes, pattern")
    assert found["place"].split(":")[0] in {"host", "vm"}
    assert found["to"].endswith("--case 'blk[512]'")


def test_an_error_does_nothing_to_a_terminal() -> None:
    """What stands in it may come from anybody: here a name on the command line."""
    status, out, err = run("run", "\x1b]0;title\x07\u202e")
    assert (status, out) == (125, "")
    assert r"\x1b]0;title\x07\u202e: " in err
    assert err.removesuffix("\n").isprintable()


def test_explain_of_an_unknown_job() -> None:
    """A job that does not exist is one line with names near it."""
    status, out, err = run("explain", "helo-spt-aarch64")
    assert (status, out) == (2, "")
    assert err.startswith("solo5: case 'helo-spt-aarch64': not known; near it: ")
    assert err.count("\n") == 1


#: Each takes a tenth of a second or more to load, with what it loads itself.
_SLOW: Final = {"docker", "requests", "urllib3", "rich", "jinja2", "pytest", "mesonbuild", "hypothesis", "xml.dom"}


@pytest.mark.parametrize(
    "words",
    [
        ["explain", f"hello-{tree().cells()[0]}"],
        ["matrix", "--cell", str(tree().cells()[0]), "--dry-run"],
        ["run", "--place", "host", "/nonexistent"],
    ],
    ids=lambda words: words[0],
)
def test_a_verb_loads_only_what_it_needs(words: list[str]) -> None:
    """What runs, explains or plans loads no client of an engine, no terminal's board, no builder and no test runner."""
    code = f"import sys; from solo5 import cli; cli.main({words!r}); print(*sys.modules, file=sys.stderr)"
    done = proc.run([sys.executable, "-c", code], env={"PYTHONPATH": str(tree().root)})
    modules = set(done.stderr.decode().splitlines()[-1].split())
    assert "solo5.cli" in modules
    assert set() == modules & _SLOW
