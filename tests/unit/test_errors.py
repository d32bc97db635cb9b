# SPDX-License-Identifier: ISC
"""solo5.errors: exit statuses stand in one table, and whatever repeats it agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from solo5 import errors
from solo5.errors import Solo5Error
from solo5.facts import tree

_ROOT = tree().root


def _classes(of: type[Solo5Error] = Solo5Error) -> Iterator[type[Solo5Error]]:
    """Yield the classes of errors; those of other modules must not have a status of their own."""
    yield of
    for each in of.__subclasses__():
        yield from _classes(each)


def _known() -> set[int]:
    return {0} | {each.exit_status for each in _classes()}


def _section(page: str, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)^## ", (_ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_decisions_have_the_same_statuses() -> None:
    """Each class' status is a row of docs/decisions.md, and each row is a class'."""
    decided = _section("docs/decisions.md", "Exit statuses")
    assert _known() == {int(number) for number in re.findall(r"^\| (\d+) \|", decided, re.MULTILINE)}
    assert f" is {errors.NOT_THE_PROGRAMS}, as `docker run` has it" in decided


def test_the_readme_has_the_same_statuses() -> None:
    """The line about exit statuses names each one, and the one of a failure beside a program."""
    (said,) = re.findall(r"^Exit status of `solo5`: (.*\n.*)$", (_ROOT / "README.md").read_text(), re.MULTILINE)
    assert _known() | {errors.NOT_THE_PROGRAMS} == set(map(int, re.findall(r"\b\d+\b", said.replace("solo5", ""))))


@pytest.mark.parametrize("program", ["noxw", "ci/engine"])
def test_programs_that_cannot_import_them_have_the_same(program: str) -> None:
    """What starts before there is a package repeats the numbers that it needs."""
    expected = {"TOOL_MISSING": errors.ToolMissingError.exit_status, "INTERRUPTED": errors.INTERRUPTED}
    named = dict(re.findall(r"^(TOOL_MISSING|INTERRUPTED) = (\d+)$", (_ROOT / program).read_text(), re.MULTILINE))
    assert "TOOL_MISSING" in named
    assert {name: str(expected[name]) for name in named} == named
