# SPDX-License-Identifier: ISC
"""solo5.selecting: patterns, files of them, and what is near a name that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from solo5 import selecting
from solo5.errors import UsageError


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("blk[512]", ["blk[512]"]),
        ("blk[*]", ["blk[512]", "blk[2]"]),
        ("blk[?]", ["blk[2]"]),
        ("*", ["blk[512]", "blk[2]", "b.k", "net"]),
        ("b.k", ["b.k"]),
    ],
)
def test_only_star_and_question_mark_are_special(pattern: str, expected: list[str]) -> None:
    """A name with brackets or dots in it is itself, also within a pattern."""
    every = ["blk[512]", "blk[2]", "b.k", "net"]
    assert expected == list(selecting.chosen("thing", [pattern], every, lambda name: (name,)))


def test_several_patterns_choose_in_the_order_of_the_things() -> None:
    """What two patterns mean comes once, where it stood."""
    assert ("a", "b") == selecting.chosen("thing", ["b", "*"], ["a", "b"], lambda name: (name,))


def test_a_file_holds_names_one_a_line(tmp_path: Path) -> None:
    """@FILE is its lines, without comments and blanks, among other words."""
    (tmp_path / "list").write_text("# those that fail here\n\n  blk[512] \nnet-*\n")
    assert ("a", "blk[512]", "net-*", "b") == selecting.patterns(["a", f"@{tmp_path}/list", "b"])


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "No such file or directory"), (b"# nothing\n", "has no name in it"), (b"\xff", "is no text")],
)
def test_a_file_that_is_no_list_is_a_mistake(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    """One line names the file and what is wrong with it; an empty list is not as none, which means all."""
    path = tmp_path / "list"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        selecting.patterns([f"@{path}"])
    assert str(raised.value).startswith(f"@{path}: {complaint}")


def test_a_name_of_nothing_is_answered_with_what_is_near() -> None:
    """Of few names all are told; of many those that are near."""
    few = ["alpha", "beta"]
    with pytest.raises(UsageError) as raised:
        selecting.chosen("thing", ["alpha", "betta*"], few, lambda name: (name,))
    assert "thing 'betta*': matches none; known: alpha, beta" == str(raised.value)
    with pytest.raises(UsageError, match=r"known: alpha, or so; beta$"):
        selecting.chosen("thing", ["gamma"], ["alpha, or so", "beta"], lambda name: (name,))
    many = [f"name-{number}" for number in range(100)]
    with pytest.raises(UsageError) as raised:
        selecting.chosen("thing", ["nam-17"], many, lambda name: (name,))
    assert str(raised.value).startswith("thing 'nam-17': not known; near it: name-17, ")
