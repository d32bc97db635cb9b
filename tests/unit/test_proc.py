# SPDX-License-Identifier: ISC
"""solo5.proc: programs are run to their end, or to ours."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from callers_environment import READERS, SETTINGS

from solo5 import interrupt, proc
from solo5.errors import DeadlineError, ToolMissingError

_DEADLINE_S = 30.0


def test_a_program_is_given_its_input_and_its_output_is_kept() -> None:
    """What is written into it and what it writes are bytes; its status is the result's."""
    done = proc.run(["sh", "-c", "cat; echo b >&2; exit 3"], stdin=b"a")
    assert (3, b"a", b"b\n") == (done.returncode, done.stdout, done.stderr)


def test_a_program_that_takes_too_long_is_killed() -> None:
    """The deadline is an error that names the program."""
    with pytest.raises(DeadlineError, match=r"^sleep: not done after 0.1 s: sleep 1000$"):
        proc.run(["sleep", "1000"], deadline_s=0.1)


def _run(argv: proc.Argv, cwd: Path | None) -> None:
    proc.run(argv, cwd=cwd)


def _spawn(argv: proc.Argv, cwd: Path | None) -> None:
    proc.spawn(argv, cwd=cwd).wait()


@pytest.mark.parametrize("start", [_run, _spawn])
@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_a_folder_that_is_none_is_the_reason_that_is_given(
    start: Callable[..., None], name: str, tmp_path: Path
) -> None:
    """What cannot be run in a folder that is not there, or is a file, says so, and blames no program."""
    folder = tmp_path / name
    (tmp_path / "file").touch()
    why = {"nowhere": "No such file or directory", "file": "Not a directory"}[name]
    with pytest.raises(ToolMissingError, match=rf"^{folder}: {why}: true cannot be run in this folder$"):
        start(["true"], folder)


@pytest.mark.parametrize("start", [_run, _spawn])
def test_what_starts_programs_is_named_where_it_is_missing(
    start: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without setpriv, the line says what to install, whatever the folder."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match=r"^setpriv: not found; install it: apt-get install util-linux$"):
        start(["true"], tmp_path)


@pytest.mark.parametrize("start", [_run, _spawn])
def test_words_that_are_too_many_are_one_line(start: Callable[..., None]) -> None:
    """Any other reason of the system's is told beside the program's name."""
    with pytest.raises(ToolMissingError, match=r"^true: cannot be started: Argument list too long$"):
        start(["true", "x" * (1 << 20)], None)


def test_what_a_program_leaves_goes_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before it can remove its temporary files, as a compiler may be, it leaves none where ours are."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    proc.run(["sh", "-c", "mktemp; kill -KILL $$"], env={"TMPDIR": str(tmp_path)}, tidy=True)
    with pytest.raises(DeadlineError):
        proc.run(["sh", "-c", "mktemp; exec sleep 1000"], deadline_s=0.5, tidy=True)
    assert [] == list(tmp_path.iterdir())


def test_a_group_that_is_ended_runs_nothing_more(tmp_path: Path) -> None:
    """Its programs are killed, with their children; the thread is interrupted, and so is whoever starts one more."""
    group, fifo = proc.Group(), tmp_path / "fifo"
    proc.run(["mkfifo", fifo])
    raised: list[BaseException] = []

    def work() -> None:
        with group.joined():
            try:
                # A child of the program keeps its output open, for as long as it lives.
                proc.run(["sh", "-c", f"sleep 1000 & echo > {fifo}; wait"])
            except KeyboardInterrupt as error:
                raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    fifo.read_text()
    group.end()
    thread.join(_DEADLINE_S)
    assert not thread.is_alive()
    assert 1 == len(raised)
    with group.joined(), pytest.raises(KeyboardInterrupt):
        proc.run(["true"])
    assert 0 == proc.run(["true"]).returncode


@pytest.fixture
def _noted() -> Iterator[None]:
    """Take signals as programs of ours do."""
    before = {number: signal.getsignal(number) for number in (*interrupt.SIGNALS, signal.SIGALRM)}
    interrupt.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_noted")
def test_an_interrupted_wait_ends_when_all_works_have() -> None:
    """Ctrl-C ends the programs that works run; nobody goes on before each work has removed what it made."""
    never, removed = threading.Event(), []

    def work() -> None:
        try:
            proc.run(["sh", "-c", f"kill -INT {os.getpid()}; sleep 1000"])
        finally:
            # To remove something takes a while.
            never.wait(0.2)
            removed.append(True)

    # It strikes at one step of the wait or another.
    for times in range(1, 9):
        with pytest.raises(KeyboardInterrupt):
            proc.side_by_side([work])
        assert times == len(removed)


@pytest.mark.parametrize("kind", proc.Kind)
def test_settings_of_the_callers_reach_no_program(kind: proc.Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever compilers, Python, pytest and nox take for settings is not passed on; the locale is always the same."""
    for name, value in {**SETTINGS, **READERS, "SOLO5_VERBOSE": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", "/its own")
    said = proc.run(["env", "-0"], kind=kind, env={"ADDED": "here"}).stdout.decode()
    found = dict(line.split("=", 1) for line in said.split("\0") if line)
    assert set() == {name for name in SETTINGS if found.get(name) == SETTINGS[name]}
    assert ("C.UTF-8", "/its own", "here") == (found["LC_ALL"], found["TMPDIR"], found["ADDED"])
    assert os.environ["PATH"] == found["PATH"]
    ours = kind is proc.Kind.OURS
    # Who wants no colours gets none from programs that heed only the other variable either.
    passed = {name: value for name, value in READERS.items() if name != "FORCE_COLOR"}
    assert ({**passed, "SOLO5_VERBOSE": "1"} if ours else {}) == {
        name: found[name] for name in (*READERS, "SOLO5_VERBOSE") if name in found
    }


def test_the_network_is_reached_as_the_caller_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies, certificates and sources of packages reach what fetches, and no compiler."""
    names = ("https_proxy", "NO_PROXY", "SSL_CERT_FILE", "PIP_INDEX_URL", "APT_CONFIG")
    for name in names:
        monkeypatch.setenv(name, "here")
    assert set(names) <= set(proc.environment(proc.Kind.FETCHER))
    assert set(names) <= set(proc.environment(proc.Kind.OURS))
    assert set() == set(names) & set(proc.environment())
