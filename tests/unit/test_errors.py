# SPDX-License-Identifier: ISC
"""solo5.errors: exit statuses stand in one table, and whatever repeats it agrees."""

from __future__ import annotations

import ast
import re
import signal
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


def test_the_readme_says_the_same_of_each_status() -> None:
    """The words of README are those of docs/decisions.md, up to where that goes into detail."""
    rows = re.findall(r"^\| (\d+) \| ([^:(|]*[^:(| ])", _section("docs/decisions.md", "Exit statuses"), re.MULTILINE)
    assert [str(number) for number in sorted(_known())] == [number for number, _ in rows]
    readme = (_ROOT / "README.md").read_text()
    assert f"Exit status of `solo5`: {', '.join(f'{number} {words}' for number, words in rows)}.\n" in readme


def test_no_other_module_has_statuses_of_its_own() -> None:
    """What ends with a failure takes its number from solo5.errors; solo5-elftool alone ends with 0 or 1."""
    found: set[tuple[str, str]] = set()
    for path in sorted((_ROOT / "solo5").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name in {"main", "run", "ended"}:
                values = [each.value for each in ast.walk(node) if isinstance(each, ast.Return)]
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"sys.exit", "SystemExit", "os._exit"}:
                values = list(node.args)
            elif isinstance(node, ast.Assign) and "exit_status" in map(ast.unparse, node.targets):
                values = [node.value]
            else:
                continue
            numbers = (each.value for each in values if isinstance(each, ast.Constant))
            name = str(path.relative_to(_ROOT))
            found |= {(name, str(number)) for number in numbers if type(number) is int and number != 0}
    own = {("solo5/errors.py", str(number)) for number in _known() - {0}}
    assert own | {("solo5/elf/elftool.py", "1")} == found


def test_the_readme_has_the_same_statuses() -> None:
    """The line about exit statuses names each one, and the one of a failure beside a program."""
    (said,) = re.findall(r"^Exit status of `solo5`: (.*\n.*)$", (_ROOT / "README.md").read_text(), re.MULTILINE)
    assert _known() | {errors.NOT_THE_PROGRAMS} == set(map(int, re.findall(r"\b\d+\b", said.replace("solo5", ""))))
    signals = f"128 + N: {errors.INTERRUPTED} is Ctrl-C, {errors.BROKEN_PIPE} a reader of our output that has gone.\n"
    assert signals in (_ROOT / "README.md").read_text()
    assert (128 + signal.SIGINT, 128 + signal.SIGPIPE) == (errors.INTERRUPTED, errors.BROKEN_PIPE)


@pytest.mark.parametrize("program", ["noxw", "ci/engine"])
def test_programs_that_cannot_import_them_have_the_same(program: str) -> None:
    """What starts before there is a package repeats the numbers that it needs."""
    expected = {"TOOL_MISSING": errors.ToolMissingError.exit_status, "INTERRUPTED": errors.INTERRUPTED}
    named = dict(re.findall(r"^(TOOL_MISSING|INTERRUPTED) = (\d+)$", (_ROOT / program).read_text(), re.MULTILINE))
    assert "TOOL_MISSING" in named
    assert {name: str(expected[name]) for name in named} == named
