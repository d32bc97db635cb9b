# SPDX-License-Identifier: ISC
"""solo5.matrix.verdict: what an outcome is worth."""

from __future__ import annotations

import dataclasses
import tracemalloc
from typing import Any

import pytest

from solo5 import launch
from solo5.agent.job import Job, Outcome
from solo5.agent.output import left_out_line
from solo5.facts import tree
from solo5.matrix import verdict
from solo5.matrix.case import Expect
from solo5.matrix.plan import PlannedItem
from solo5.matrix.verdict import Ending

SPT = tree().target("spt")
GOOD = Outcome(
    status=0,
    signal=None,
    syscall=None,
    address=None,
    timed_out=False,
    seconds=0.1,
    stdout=b"SUCCESS\n",
    stderr=b"",
    files={},
)


def judge(expect: Expect, **changes: Any) -> tuple[str, ...]:  # noqa: ANN401 - fields of many types
    """Return what differs between `expect` and a good outcome with changes."""
    peer = ("echo",) if "peer_status" in changes else ()
    job = Job(argv=("one",), peer=peer)
    item = PlannedItem("one-spt-ARCH", "spt-ARCH", "one", "", "x", expect, "", job)
    return verdict.mismatches(item, launch.of(SPT, tree()), dataclasses.replace(GOOD, **changes))


KILLED = {"status": None, "signal": "SIGSYS", "syscall": "openat"}
FAULT = {"status": None, "signal": "SIGSEGV", "address": 0x1000}


def test_a_cut_output_counts_whole_and_is_said() -> None:
    """The size is of all that was written; one line says what is left out; what no longer is there, is not found."""
    stdout = b"BEGIN\n" + left_out_line(1000) + b"END\n"
    cut: dict[str, Any] = {"stdout": stdout, "left_out": {"stdout": 1000}}
    assert () == judge(Expect(status=0, stdout_size=1010, stdout_has=("BEGIN", "END")), **cut)
    assert ("stdout lacks 'MIDDLE'",) == judge(Expect(status=0, stdout_has=("MIDDLE",)), **cut)
    expected = "stdout was cut: 1000 of its 1010 bytes are left out, in the middle"
    assert (expected,) == verdict.cuts(dataclasses.replace(GOOD, **cut))
    assert () == verdict.cuts(GOOD)


def test_lines_are_counted_and_not_listed() -> None:
    """Millions of them cost no more than the text."""
    tracemalloc.start()
    stderr = b"ab\n" * (1 << 20)
    said = judge(Expect(status=0, stderr_lines=1), stderr=stderr)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ("stderr has 1048576 lines, expected 1",) == said
    assert peak < 4 * len(stderr)


def test_a_peers_last_word_is_harmless_and_short() -> None:
    """It is shown as text, and not the whole of a line without end."""
    (said,) = judge(Expect(status=0), peer_status=1, peer_output=b"\x1b[31m" + b"y" * 10**6)
    assert said.startswith(r"the network peer ended with 1, expected 0: \x1b[31myyy")
    assert len(said) < 300


@pytest.mark.parametrize(
    ("expect", "changes"),
    [
        (Expect(status=0), {}),
        (Expect(status=255), {"status": 255}),
        (Expect(signal="SIGSYS"), KILLED),
        (Expect(signal="SIGSYS", syscall="openat"), KILLED),
        (Expect(end="fault"), FAULT),
        (Expect(end="trap"), {"status": None, "signal": "SIGTRAP"}),
        (Expect(status=0, stdout="SUCCESS\n"), {}),
        (Expect(status=0, stdout_has=("SUCC", "SS\n")), {}),
        (Expect(status=0, stdout_size=8), {}),
        (Expect(status=1, stderr_lines=1, stderr_has=("bad",)), {"status": 1, "stderr": b"solo5-spt: bad\n"}),
        (Expect(status=0, stderr_lines=0), {}),
        (Expect(status=0, block_size={"disk": 3}), {"files": {"disk.img": b"abc"}}),
        (Expect(status=0), {"peer_status": 0}),
        (Expect(status=0, peer_status=1), {"peer_status": 1}),
    ],
)
def test_what_is_as_expected_has_no_mismatch(expect: Expect, changes: dict[str, object]) -> None:
    """Each kind of expectation can be met."""
    assert judge(expect, **changes) == ()


@pytest.mark.parametrize(
    ("expect", "changes", "said"),
    [
        (Expect(status=0), {"status": 3}, "ended with status 3, expected status 0"),
        (Expect(status=0), KILLED, "ended with SIGSYS (system call openat), expected status 0"),
        (Expect(status=0), FAULT, "ended with SIGSEGV (address 0x1000), expected status 0"),
        (Expect(status=0), {"status": None, "timed_out": True}, "ended with timed out, expected status 0"),
        (Expect(signal="SIGSYS"), {}, "ended with status 0, expected SIGSYS"),
        (
            Expect(signal="SIGSYS", syscall="socket"),
            KILLED,
            "ended with SIGSYS (system call openat), expected SIGSYS (system call socket)",
        ),
        (Expect(end="fault"), KILLED, "ended with SIGSYS (system call openat), expected SIGSEGV"),
        (Expect(status=0, stdout="x"), {}, "stdout is 'SUCCESS\\n', expected 'x'"),
        (Expect(status=0, stdout_has=("x",)), {}, "stdout lacks 'x'"),
        (Expect(status=0, stdout_size=7), {}, "stdout has 8 bytes, expected 7"),
        (Expect(status=0, stderr_lines=0), {"stderr": b"a\nb\n"}, "stderr has 2 lines, expected 0"),
        (Expect(status=0, stderr_has=("x",)), {"stderr": b"a\n"}, "stderr lacks 'x'"),
        (
            Expect(status=1, stderr_lines=1),
            {"status": 1, "stderr": b"Error\n"},
            "stderr is 'Error', expected a line that begins with 'solo5-spt: '",
        ),
        (Expect(status=0, block_size={"disk": 3}), {}, "image disk is gone, expected 3 bytes"),
        (
            Expect(status=0, block_size={"disk": 3}),
            {"files": {"disk.img": b"abcd"}},
            "image disk has 4 bytes, expected 3",
        ),
        (
            Expect(status=0),
            {"peer_status": 1, "peer_output": b"peer: frame 3 is lost\n"},
            "the network peer ended with 1, expected 0: peer: frame 3 is lost",
        ),
    ],
)
def test_each_difference_is_said_in_words(expect: Expect, changes: dict[str, object], said: str) -> None:
    """A mismatch names what was seen and what was expected."""
    assert judge(expect, **changes) == (said,)


def test_long_output_is_shortened() -> None:
    """A mismatch stays short, however much was written."""
    (said,) = judge(Expect(status=0, stdout="x"), stdout=b"z" * 1_000_000)
    assert said == "stdout is 'zz...zz' (1000000 characters), expected 'x'"
    text = bytes(range(32, 127)) * 100
    (said,) = judge(Expect(status=0, stdout="x"), stdout=text)
    assert len(said) < 300


def test_output_need_not_be_text() -> None:
    """Bytes that are no text are shown, not tripped over."""
    assert judge(Expect(status=0, stdout="x"), stdout=b"\xff") == ("stdout is '\\\\xff', expected 'x'",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Ending.FAILED),
        ({"status": None, "timed_out": True}, Ending.TIMED_OUT),
        ({"status": None, "signal": "SIGSEGV"}, Ending.KILLED),
    ],
)
def test_kinds_of_failure(changes: dict[str, Any], expected: Ending) -> None:
    """A failure is told apart from a kill and a time-out; without mismatch all is well."""
    outcome = dataclasses.replace(GOOD, **changes)
    assert verdict.ending(outcome, ("differs",)) is expected
    assert verdict.ending(outcome, ()) is Ending.PASSED
