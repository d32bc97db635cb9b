# SPDX-License-Identifier: ISC
"""solo5-spt as a process of this host: what its parent sees, and what differs from run to run."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

import pytest

from solo5 import launch
from solo5.builder import Built, build
from solo5.facts import tree
from solo5.matrix.programs import Programs

_SPT = "spt"


@pytest.fixture(scope="module")
def built() -> Built:
    """Return what is built for this host."""
    arch = tree().host_arch()
    if arch is None:
        pytest.skip("this host's architecture is not in the tree")
    return build(arch)


def _command(built: Built, guest: str, *args: str) -> list[str | Path]:
    target = tree().target(_SPT)
    return [launch.of(target, tree()).program_in(built), "--mem=2", Programs(built).guest(guest, target), *args]


def test_the_stack_guard_differs_from_run_to_run(built: Built) -> None:
    """A guard learnt from one run says nothing of the next."""
    words = _command(built, "ssp", "--solo5:quiet", "guard")
    runs = [subprocess.run(words, capture_output=True, text=True, check=True).stdout for _ in range(3)]
    guards = {said.splitlines()[0] for said in runs}
    assert 3 == len(guards)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_as_any_process(built: Built, number: signal.Signals) -> None:
    """SIGTERM and SIGINT end guest and tender, and the parent sees the signal."""
    target = tree().target(_SPT)
    # `output` into a pipe that nobody reads stands still, its first bytes written.
    words: list[str | Path] = [
        launch.of(target, tree()).program_in(built),
        Programs(built).guest("output", target),
        "--solo5:quiet",
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.read(1)
    process.send_signal(number)
    assert -number == process.wait(timeout=10)
    process.stdout.close()


def test_a_line_of_the_log_is_one_system_call(built: Built) -> None:
    """Each line that the bindings log arrives as one message, not in fragments."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        subprocess.run(_command(built, "quiet", "--solo5:debug", "x"), stdout=theirs.fileno(), check=True)
        theirs.close()
        messages = []
        while piece := ours.recv(65536):
            messages.append(piece)
    log = [message for message in messages if message.startswith(b"solo5:")]
    assert [] != log
    assert all(message.endswith(b"\n") and 1 == message.count(b"\n") for message in log)
    assert 1 == len([message for message in messages if b"SUCCESS" in message])


def test_a_write_that_is_cut_short_goes_on(built: Built) -> None:
    """All bytes of a console write arrive through a pipe that takes less at once."""
    target = tree().target(_SPT)
    words: list[str | Path] = [
        launch.of(target, tree()).program_in(built),
        Programs(built).guest("output", target),
        "--solo5:quiet",
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    size = 0
    while piece := process.stdout.read(1000):
        size += len(piece)
    process.stdout.close()
    assert (0, 200_008) == (process.wait(timeout=10), size)


def test_no_descriptor_of_the_parent_is_taken_for_the_console(built: Built) -> None:
    """With 0, 1 and 2 closed, no image or kernel file becomes the console, and the guest runs on."""
    words = _command(built, "console")
    shell = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell, "sh", *words], check=False)
    assert 7 == done.returncode


@pytest.mark.parametrize("what", ["fields", "size"])
def test_a_kernel_file_may_change_while_it_is_read(built: Built, tmp_path: Path, what: str) -> None:
    """Of 3000 starts beside somebody who changes its headers or cuts it: each is refused with a line, or as ever.

    Where it is cut, the kernel gives zeros to one of some ten thousand readers (tests/caller/verbs/changing.c).
    """
    words = [Programs(built).caller, "changing", what, "3000", "--", *_command(built, "hello", "--solo5:quiet", "x")]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.endswith("SUCCESS\n")
