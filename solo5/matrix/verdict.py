# SPDX-License-Identifier: ISC
"""Judges an outcome: what differs from what the case expects, in words.

A pure function of values; who shows the words is solo5.matrix.plugin.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from solo5 import shown
from solo5.agent.job import Outcome
from solo5.launch import Launcher
from solo5.matrix.case import Expect
from solo5.matrix.jobs import image_path
from solo5.matrix.plan import PlannedItem

#: How much of an output stands in a message, characters.
_SHOWN = 160


class Ending(Enum):
    """What became of an item; the value is its name in reports."""

    PASSED = "passed"
    BEFORE = "passed before"
    """Not run: nothing that it depends on has changed since it passed."""
    FAILED = "failed"
    TIMED_OUT = "timed out"
    KILLED = "killed"
    BROKE = "place broke"
    """Not the guest's doing."""
    ERROR = "error"
    """It could not be started: a bug or a missing part of ours."""
    SKIPPED = "skipped"

    @property
    def is_pass(self) -> bool:
        """Tell whether the case holds."""
        return self in {Ending.PASSED, Ending.BEFORE}

    @property
    def is_failure(self) -> bool:
        """Tell whether the case may not hold; what was skipped, nobody has seen."""
        return not self.is_pass and self is not Ending.SKIPPED


def ending(outcome: Outcome, mismatches: tuple[str, ...]) -> Ending:
    """Return the kind of a finished job's outcome."""
    if not mismatches:
        return Ending.PASSED
    if outcome.timed_out:
        return Ending.TIMED_OUT
    if outcome.signal is not None:
        return Ending.KILLED
    return Ending.FAILED


def mismatches(item: PlannedItem, launcher: Launcher, outcome: Outcome) -> tuple[str, ...]:
    """Return what differs, one line each; nothing: the case has passed. `outcome`: the guest's own."""
    expect = item.expect
    return (
        *_end(expect, launcher, outcome),
        *_stdout(expect, outcome),
        *_stderr(expect, launcher, outcome),
        *_images(expect, outcome),
        *_peer(item, outcome),
    )


def _end(expect: Expect, launcher: Launcher, outcome: Outcome) -> Iterator[str]:
    status, signal = expect.status, expect.signal
    if expect.end is not None:
        end = launcher.looks_like(expect.end)
        status, signal = (end, None) if isinstance(end, int) else (None, end)
    wanted = signal or f"status {status}"
    if expect.syscall is not None:
        wanted += f" (system call {expect.syscall})"
    same = (
        not outcome.timed_out
        and (outcome.status, outcome.signal) == (status, signal)
        and (expect.syscall is None or outcome.syscall == expect.syscall)
    )
    if not same:
        yield f"ended with {outcome.describe()}, expected {wanted}"


def _stdout(expect: Expect, outcome: Outcome) -> Iterator[str]:
    said = _text(outcome.stdout)
    if expect.stdout is not None and said != expect.stdout:
        yield f"stdout is {_short(said)}, expected {_short(expect.stdout)}"
    for part in expect.stdout_has:
        if part not in said:
            yield f"stdout lacks {_short(part)}"
    size = outcome.written("stdout")
    if expect.stdout_size is not None and size != expect.stdout_size:
        yield f"stdout has {size} bytes, expected {expect.stdout_size}"


def _stderr(expect: Expect, launcher: Launcher, outcome: Outcome) -> Iterator[str]:
    said = _text(outcome.stderr)
    for part in expect.stderr_has:
        if part not in said:
            yield f"stderr lacks {_short(part)}"
    # Not as a list: they may be millions.
    count = said.count("\n") + bool(said and not said.endswith("\n"))
    if expect.stderr_lines is not None and count != expect.stderr_lines:
        yield f"stderr has {count} lines, expected {expect.stderr_lines}"
    refusal = expect.status == 1 and expect.stderr_lines == 1
    first = said.partition("\n")[0]
    if refusal and said and not first.startswith(f"{launcher.program}: "):
        yield f"stderr is {_short(first)}, expected a line that begins with '{launcher.program}: '"


def _images(expect: Expect, outcome: Outcome) -> Iterator[str]:
    for name, size in expect.block_size.items():
        content = outcome.files.get(image_path(name))
        if content is None:
            yield f"image {name} is gone, expected {size} bytes"
        elif len(content) != size:
            yield f"image {name} has {len(content)} bytes, expected {size}"


def _peer(item: PlannedItem, outcome: Outcome) -> Iterator[str]:
    expected = item.expect.peer_status
    if item.job.peer and outcome.peer_status != expected:
        last = shown.last_line(outcome.peer_output, _SHOWN)
        words = f": {last}" if last else ""
        yield f"the network peer ended with {outcome.peer_status}, expected {expected}{words}"


def cuts(outcome: Outcome) -> tuple[str, ...]:
    """Say of each stream that is not here as a whole how much is left out, one line each."""
    return tuple(
        f"{name} was cut: {count} of its {outcome.written(name)} bytes are left out, in the middle"
        for name, count in outcome.left_out.items()
    )


def _text(said: bytes) -> str:
    """Decode output; bytes that are no text show as backslash and number."""
    return said.decode(errors="backslashreplace")


def _short(text: str) -> str:
    """Quote a text, its middle left out where it is long."""
    if len(text) <= _SHOWN:
        return repr(text)
    half = _SHOWN // 2
    # One letter many times over says no more than twice.
    squeezed = re.sub(r"(.)\1{15,}", r"\1\1...\1\1", text)
    if len(squeezed) <= _SHOWN:
        return f"{squeezed!r} ({len(text)} characters)"
    return f"{text[:half]!r} ... {text[-half:]!r} ({len(text)} characters)"
