# SPDX-License-Identifier: ISC
"""solo5.shown: what others wrote does nothing to a terminal, and costs no more than is shown of it."""

from __future__ import annotations

import tracemalloc

import pytest

from solo5 import shown


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"plain text, \xc3\xa9 \xe2\x82\xac\n\tand a tab", "plain text, é €\n\tand a tab"),
        (b"\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        (b"over\rwritten\x08\x7f\x00", r"over\rwritten\x08\x7f\x00"),
        (b"\xff\xfe\xc3", r"\xff\xfe\xc3"),
        ("\u202eright to left\u2066 \x9b31m".encode(), r"\u202eright to left\u2066 \x9b31m"),
        ("\u2028line\U000e0001".encode(), r"\u2028line\U000e0001"),
        ("name \udcff", r"name \udcff"),
    ],
)
def test_what_a_terminal_would_obey_is_a_number(content: bytes | str, expected: str) -> None:
    """Control characters, sequences, what turns the writing, and bytes that are no text; letters of all people stay."""
    assert expected == shown.text(content)


def test_every_character_is_harmless() -> None:
    """Of all there are, none but newline and tab passes that is not to be seen."""
    for number in range(0x110000):
        letter = chr(number)
        assert shown.text(letter).replace("\n", "").replace("\t", "").isprintable()


def test_a_long_line_shows_its_beginning() -> None:
    """At most so many characters, and three dots for the rest."""
    assert "aaa..." == shown.line(b"a" * 10**6, 3)
    assert "aaa" == shown.line(b"aaa", 3)
    assert r"\xf..." == shown.line(b"\xff\xff", 3)
    assert "éé..." == shown.line("ééé", 2)


@pytest.mark.parametrize(
    ("content", "lines", "count"),
    [
        (b"", [], 0),
        (b"\n", [b""], 1),
        (b"a", [b"a"], 1),
        (b"a\nb\nc\n", [b"b", b"c"], 3),
        (b"a\n\n", [b"a", b""], 2),
    ],
)
def test_the_last_lines(content: bytes, lines: list[bytes], count: int) -> None:
    """An end of a line begins no other."""
    assert (lines, count) == shown.last_lines(content, 2)


def test_the_last_line_that_says_something() -> None:
    """Blank ones at the end are none."""
    assert r"b \x1b" == shown.last_line(b"a\nb \x1b\n \n")
    assert "" == shown.last_line(b" \n")


def test_a_million_lines_cost_no_list_of_them() -> None:
    """What is shown of an output is found without parting all of it."""
    content = b"ab\n" * (1 << 20)
    tracemalloc.start()
    assert ([b"ab"] * 12, 1 << 20) == shown.last_lines(content, 12)
    assert "ab" == shown.last_line(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(content)
