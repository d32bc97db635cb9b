# SPDX-License-Identifier: ISC
"""solo5.agent.output: what is kept of much output."""

from __future__ import annotations

import itertools

import pytest

from solo5.agent.job import Outcome
from solo5.agent.output import Output, left_out_line

_MOST = 64


def _kept(content: bytes, pieces: tuple[int, ...]) -> Output:
    output = Output(_MOST)
    at = 0
    for size in itertools.cycle(pieces):
        if at >= len(content):
            return output
        output.take(content[at : at + size])
        at += size
    raise AssertionError


@pytest.mark.parametrize("pieces", [(1,), (7,), (32,), (33,), (64,), (1000,), (1, 100, 3)])
def test_what_is_too_much_is_left_out_in_the_middle(pieces: tuple[int, ...]) -> None:
    """However it comes: up to the bound all is there; beyond, both ends, and between them a line with a count."""
    every = bytes(range(256)) * 4
    for size in (0, 1, 31, 32, 33, 63, 64, 65, 96, 97, 500, 1024):
        output = _kept(every[:size], pieces)
        left = max(0, size - _MOST)
        assert left == output.left_out
        half = _MOST // 2
        whole = every[:size]
        expected = whole if left == 0 else whole[:half] + left_out_line(left) + whole[-half:]
        assert expected == output.content()
        outcome = Outcome(0, None, None, None, False, 0.1, output.content(), b"", {}, left_out={"stdout": left})
        assert (size, 0) == (outcome.written("stdout"), outcome.written("peer"))


def test_what_is_kept_stays_small() -> None:
    """Whatever the sizes of the pieces, what lies in memory is the bound and at most one piece."""
    output = Output(_MOST)
    for size in (1, 1000, 5, 100_000, 3):
        for _ in range(100):
            output.take(bytes(size))
        held = len(output._begin) + sum(map(len, output._end))  # noqa: SLF001 - nothing else shows it
        assert held <= _MOST + 100_000
    assert len(output.content()) == _MOST + len(left_out_line(output.left_out))
