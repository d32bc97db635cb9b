# SPDX-License-Identifier: ISC
"""solo5.bench.starts: what the start of a command takes, and until when."""

from __future__ import annotations

import re

import pytest

from solo5.bench import show, starts
from solo5.bench.starts import Figure, Start
from solo5.errors import GuestError
from solo5.facts import tree

#: Works for a while before and after it shows that it starts a program, and says something else.
_WORK = "sum(range(3_000_000))"
_PROGRAM = f"""
import sys
{_WORK}
print("+ first --version", file=sys.stderr)
{_WORK}
print("+ second", file=sys.stderr)
print("no program", file=sys.stderr)
for _ in range(5): {_WORK}
"""


def _figure(start: Start) -> Figure:
    shown: list[Figure] = []
    (figure,) = starts.take([start], 1, tree(), shown.append)
    assert [figure] == shown
    return figure


def test_the_commands_are_of_this_tree() -> None:
    """A guest that is foreign here, a cell with nothing changed, and an explanation; each has its limit."""
    arch = tree().host_arch()
    assert arch is not None
    found = {each.name: each for each in starts.starts(arch, tree())}
    run, cell, explain = found.values()
    assert ("start of run, foreign guest", 0.4) == (run.name, run.most_s)
    assert run.until_place
    assert (arch.name,) != run.archs
    assert ("start of one cell, nothing changed", 1.0) == (cell.name, cell.most_s)
    assert str(cell.words[-1]) in map(str, tree().cells())
    assert ("start of explain", 0.3) == (explain.name, explain.most_s)


def test_a_command_takes_time_of_the_processor_and_of_the_day(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are shown, with the ratio to Python that does nothing, and what the command may take."""
    figure = _figure(Start("work", ("-c", _WORK), 0.5))
    assert 0 < figure.taken.processor_s
    assert 0 < figure.taken.wall_s
    assert figure.ratio > 1
    show.start(figure)
    line = r"work +\d+\.\d\d s +\d+\.\d\d s +\d+\.\d of `python -c pass` \(at most 0\.5 s of the processor\)\n"
    assert re.fullmatch(line, capsys.readouterr().out)


def test_time_ends_when_the_last_program_is_started() -> None:
    """What a command does afterwards, as to wait for its guest, is no start."""
    part, whole = (_figure(Start("work", ("-c", _PROGRAM), 1.0, until_place=until)) for until in (True, False))
    assert 0 < part.taken.processor_s < whole.taken.processor_s / 2
    assert 0 < part.taken.wall_s < whole.taken.wall_s


def test_a_command_that_fails_is_an_error() -> None:
    """With its last word; and so is one that starts nothing, where that is what is measured."""
    for until_place in (False, True):
        with pytest.raises(GuestError, match="status 3: no such guest"):
            _figure(
                Start(
                    "work",
                    ("-c", "import sys; print('no such guest', file=sys.stderr); sys.exit(3)"),
                    1,
                    (),
                    until_place,
                )
            )
    with pytest.raises(GuestError, match="status 0"):
        _figure(Start("work", ("-c", "pass"), 1.0, until_place=True))
