# SPDX-License-Identifier: ISC
"""Ctrl-C and SIGKILL end everything that we started, and nothing is left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from solo5.builder import build
from solo5.errors import INTERRUPTED, NOT_THE_PROGRAMS
from solo5.facts import tree
from solo5.matrix import cases
from solo5.matrix.programs import Programs

_DEADLINE_S = 30.0


def _processes_in(session: int) -> list[int]:
    """Return the processes of a session; ours is its leader's."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # State, parent, group, session (proc(5)); a zombie has ended.
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _wait_for(pattern: str, folder: Path) -> None:
    deadline = time.monotonic() + _DEADLINE_S
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline, f"{pattern} did not appear"


def _environment(temporary: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(tree().root)}


def _guest(name: str) -> str:
    """Return a guest that needs a machine."""
    arch = next(arch for arch in tree().archs() if not arch.is_host)
    return str(Programs(build(arch)).guest(name, tree().target("spt")))


def _python(temporary: Path, *words: str) -> subprocess.Popen[str]:
    """Start a Python in a session of its own, which takes signals even where this one was started to ignore them."""
    return subprocess.Popen(
        ["env", "--default-signal=INT,TERM,HUP", sys.executable, *words],
        env=_environment(temporary),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _start(temporary: Path) -> subprocess.Popen[str]:
    """Start a guest that sleeps for ever, in a machine: what is waited for comes, and stays."""
    return _python(temporary, "-m", "solo5.cli", "run", _guest("spin"), "sleep")


@pytest.mark.parametrize("phase", ["solo5-vm-*", "solo5-vm-*/console"])
def test_an_interrupted_machine_leaves_nothing(tmp_path: Path, phase: str) -> None:
    """Whether its machine is being made or boots already, Ctrl-C ends `solo5 run`, QEMU, and their files."""
    process = _start(tmp_path)
    _wait_for(phase, tmp_path)
    # As a terminal does: to the whole group in the foreground.
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=_DEADLINE_S)
    assert (INTERRUPTED, "") == (process.returncode, said)
    assert [] == _processes_in(process.pid)
    assert [] == list(tmp_path.iterdir())


#: Ends the program with a signal at the first call of a function that makes or removes: right after it, or before.
_STRIKING: Final = """
import os, sys
number, when, path = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
import shutil, socket, subprocess, tempfile
from solo5 import cli
from solo5.places.vm import machine
where, name = path.rsplit(".", 1)
holder = eval(where)
called = getattr(holder, name)

def strike(*args, **kwargs):
    setattr(holder, name, called)
    if when == "before":
        os.kill(os.getpid(), int(number))
    value = called(*args, **kwargs)
    if when == "after":
        os.kill(os.getpid(), int(number))
    return value

setattr(holder, name, strike)
if len(sys.argv) > 1 and sys.argv[1] == "pytest":
    import pytest
    sys.exit(pytest.main(sys.argv[2:]))
cli.program()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize(
    ("when", "function"),
    [
        ("after", "tempfile.mkdtemp"),
        ("after", "socket.socketpair"),
        ("after", "subprocess.Popen._execute_child"),
        ("after", "subprocess.Popen.__init__"),
        ("after", "machine.Qemu.__init__"),
        ("after", "machine.Machine.__init__"),
        ("before", "machine.Qemu.close"),
        ("before", "shutil.rmtree"),
    ],
)
def test_a_signal_between_two_steps_leaves_nothing(
    tmp_path: Path, number: signal.Signals, when: str, function: str
) -> None:
    """Right after something is made, and before anybody holds it, or right before it is removed: it goes."""
    words = ["run", _guest("hello")]
    process = _python(tmp_path, "-c", _STRIKING, str(number.value), when, function, *words)
    _, said = process.communicate(timeout=_DEADLINE_S)
    assert (128 + number, "") == (process.returncode, said)
    assert [] == _processes_in(process.pid)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("when", "function"),
    [
        ("after", "tempfile.mkdtemp"),
        ("after", "machine.Qemu.__init__"),
        ("after", "machine.Machine.__init__"),
        ("before", "machine.Qemu.close"),
        ("before", "shutil.rmtree"),
    ],
)
def test_a_signal_between_two_steps_of_pytest_leaves_nothing(tmp_path: Path, when: str, function: str) -> None:
    """The same in pytest, which takes signals anywhere: no place, and no folder of a plan."""
    cell = next(cell for cell in tree().cells() if not tree().arch(cell.arch).is_host)
    guests, kept = str(cases.guests_dir(tree())), ("--basetemp", str(tmp_path / "pytest"))
    words = ["-p", "solo5.matrix.plugin", "--cell", str(cell), "--case", "hello", "-q", *kept, guests]
    process = _python(tmp_path, "-c", _STRIKING, str(signal.SIGINT.value), when, function, "pytest", *words)
    process.communicate(timeout=_DEADLINE_S)
    assert pytest.ExitCode.OK != process.returncode
    assert [] == _processes_in(process.pid)
    assert [] == list(tmp_path.glob("solo5-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_no_program(tmp_path: Path, number: signal.Signals) -> None:
    """What a program of ours has started ends with it, and may remove what it made before."""
    left = tmp_path / "left"
    script = f"trap 'rm {left}; exit' TERM; touch {left}; sleep 1000 & touch {tmp_path}/ready; wait"
    code = "from solo5 import cli, proc\nimport solo5.doctor\nfrom solo5.commands import doctor\n"
    code += f"doctor.main = lambda words: proc.run(['sh', '-c', {script!r}]).returncode\ncli.program()"
    process = _python(tmp_path, "-c", code, "doctor")
    _wait_for("ready", tmp_path)
    process.send_signal(number)
    try:
        _, said = process.communicate(timeout=_DEADLINE_S)
        assert [] == _processes_in(process.pid)
    finally:
        for each in _processes_in(process.pid):
            os.kill(each, signal.SIGKILL)
    assert (128 + number, "") == (process.returncode, said)
    assert not left.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_an_engine_that_does_not_answer_yet_is_ended(tmp_path: Path, number: signal.Signals) -> None:
    """However `ci/engine` is ended, the engine that it has started ends, too."""
    programs, begun = tmp_path / "programs", tmp_path / "begun"
    programs.mkdir()
    for name, text in {
        "docker": "exit 1",
        "dockerd": f"echo $$ > {begun}.new; mv {begun}.new {begun}; exec sleep 1000",
    }.items():
        script = programs / name
        script.write_text(f"#!/bin/sh\n{text}\n")
        script.chmod(0o755)
    settings = _environment(tmp_path) | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    process = subprocess.Popen(
        [sys.executable, tree().root / "ci" / "engine", "true"], env=settings, stderr=subprocess.PIPE
    )
    _wait_for("begun", tmp_path)
    engine = int(begun.read_text())
    process.send_signal(number)
    process.communicate(timeout=_DEADLINE_S)
    deadline = time.monotonic() + _DEADLINE_S
    try:
        while Path(f"/proc/{engine}").exists():
            assert time.monotonic() < deadline, "it goes on"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(engine, signal.SIGKILL)


def test_a_step_without_a_wait_can_be_ended(tmp_path: Path) -> None:
    """What computes for long and waits for nothing ends a while after it is asked to."""
    code = "from solo5 import cli\nfrom solo5.commands import doctor\n"
    code += f"def spin(words):\n open({str(tmp_path / 'ready')!r}, 'w').close()\n while True: pass\n"
    process = _python(tmp_path, "-c", f"{code}doctor.main = spin\ncli.program()", "doctor")
    _wait_for("ready", tmp_path)
    process.send_signal(signal.SIGTERM)
    try:
        _, said = process.communicate(timeout=_DEADLINE_S)
    finally:
        process.kill()
    assert (128 + signal.SIGTERM, "") == (process.returncode, said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_fetch_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    """What is being fetched ends, also what programs of ours started, and nothing more is begun."""
    programs, begun = tmp_path / "programs", tmp_path / "begun"
    programs.mkdir()
    begun.mkdir()
    for name in ("apt-get", "apt-cache", "apt-config"):
        script = programs / name
        script.write_text(f"#!/bin/sh\ntouch {begun}/$$\nsleep 1000 & wait\n")
        script.chmod(0o755)
    settings = _environment(tmp_path) | {
        "SOLO5_CACHE": str(tmp_path / "cache"),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    words = [sys.executable, "-m", "solo5.cli", "fetch"]
    process = subprocess.Popen(words, env=settings, start_new_session=True, stderr=subprocess.PIPE, text=True)
    _wait_for("begun/*", tmp_path)
    process.send_signal(number)
    try:
        _, said = process.communicate(timeout=_DEADLINE_S)
    finally:
        for left in _processes_in(process.pid):
            os.kill(left, signal.SIGKILL)
    assert 128 + number == process.returncode
    assert "Traceback" not in said
    assert [] == list((tmp_path / "cache").glob(".unfinished-*"))
    assert len(list(begun.iterdir())) <= len(tree().arch_names)


def test_a_fetch_that_waits_for_another_one_can_be_ended(tmp_path: Path) -> None:
    """Whoever holds an architecture's lock for long does not keep Ctrl-C from ending us."""
    name = next(iter(tree().arch_names))
    settings = _environment(tmp_path) | {"SOLO5_CACHE": str(tmp_path)}
    words = [sys.executable, "-m", "solo5.cli", "fetch", name]
    with (tmp_path / f"{tree().arch(name).debian.arch}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(words, env=settings, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert "waiting for another process" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        try:
            assert INTERRUPTED == process.wait(_DEADLINE_S)
        finally:
            process.kill()
            process.communicate()


def test_what_a_killed_one_left_the_next_one_removes(tmp_path: Path) -> None:
    """SIGKILL takes the machine along; its folder, whatever starts next removes, and no folder of a live one."""
    live, process = _start(tmp_path), _start(tmp_path)
    # Neither ends by itself.
    of_process = f"solo5-vm-*.{process.pid}.*"
    _wait_for(f"{of_process}/console", tmp_path)
    _wait_for(f"solo5-vm-*.{live.pid}.*/console", tmp_path)
    live.send_signal(signal.SIGSTOP)
    process.kill()
    process.communicate(timeout=_DEADLINE_S)
    deadline = time.monotonic() + _DEADLINE_S
    while _processes_in(process.pid):
        assert time.monotonic() < deadline
    assert list(tmp_path.glob(of_process))
    words = [sys.executable, "-m", "solo5.cli", "run"]
    done = subprocess.run(words, env=_environment(tmp_path), capture_output=True, check=False)
    assert NOT_THE_PROGRAMS == done.returncode
    assert [] == list(tmp_path.glob(of_process))
    assert list(tmp_path.glob(f"solo5-vm-*.{live.pid}.*"))
    for number in (signal.SIGTERM, signal.SIGCONT):
        live.send_signal(number)
    live.communicate(timeout=_DEADLINE_S)
    assert [] == list(tmp_path.iterdir())
