# SPDX-License-Identifier: ISC
"""solo5.matrix.flow: what `solo5 matrix` plans, and its exit status."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from solo5.errors import GuestError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import Tree, tree
from solo5.matrix import cases, flow, report
from solo5.matrix.display import Plain
from solo5.matrix.repeat import Asked
from solo5.matrix.verdict import Ending

CELL = str(tree().cells()[0])


def plan(**fields: Any) -> flow.Plan:  # noqa: ANN401 - fields of many types
    """Return the plan of a request."""
    return flow.make_plan(flow.Request(**fields), tree())


def test_without_a_name_every_cell_is_meant() -> None:
    """All cells of the tree, each architecture once, every case of the default tier."""
    made = plan()
    assert made.cells == tree().cells()
    assert {arch.name for arch in made.archs} == {cell.arch for cell in tree().cells()}
    assert made.items == cases.all_items(tree(), tree().cells(), full=False)


def test_soak_is_asked_for_on_either_side() -> None:
    """--full counts before and behind the dashes."""
    items = cases.all_items(tree(), tree().cells(), full=True)
    assert plan(full=True).items == items
    assert plan(pytest_words=("--full",)).items == items


def test_an_unknown_cell_is_refused() -> None:
    """A cell that does not exist is an error before anything is built."""
    with pytest.raises(UsageError):
        plan(cells=("spt-vax",))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["2"]),
        (("-n", "4"), ["4"]),
        (("-n0",), []),
        (("--numprocesses=3",), []),
        (("--case", "x"), ["0"]),
    ],
)
def test_two_workers_unless_told_otherwise(words: tuple[str, ...], expected: list[str]) -> None:
    """Two places work at a time; one case needs no second; -n decides."""
    command = plan(pytest_words=words).pytest
    found = [command[at + 1] for at, word in enumerate(command) if word == "-n"]
    assert found == expected
    assert command[len(command) - len(words) :] == words


def test_cells_place_and_soak_reach_pytest() -> None:
    """What was chosen here is what the plugin hears."""
    command = " ".join(plan(cells=(CELL,), asked=Asked(place="vm", toolchain="clang"), full=True).pytest)
    assert f" --cell {CELL} --toolchain clang --place vm --full" in command


def results(*endings: Ending) -> list[report.Result]:
    """Return a result of each ending."""
    return [
        report.Result(f"a{at}-{CELL}", CELL, f"a{at}", "", ending, 0.1, "vm", (), "")
        for at, ending in enumerate(endings)
    ]


@pytest.mark.parametrize(
    ("status", "endings", "expected"),
    [
        (0, (Ending.PASSED,), 0),
        (0, (Ending.PASSED, Ending.SKIPPED), 0),
        (0, (Ending.SKIPPED,), ToolMissingError.exit_status),
        (1, (Ending.PASSED, Ending.FAILED), GuestError.exit_status),
        (2, (Ending.PASSED, Ending.KILLED), GuestError.exit_status),
        (2, (), Solo5Error.exit_status),
        (3, (), Solo5Error.exit_status),
    ],
)
def test_exit_status(status: int, endings: tuple[Ending, ...], expected: int) -> None:
    """The status of pytest and the results become one of ours; nothing but skips is no success."""
    assert flow.exit_status(status, results(*endings)) == expected


def test_a_mistyped_case_leaves_the_last_report_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When pytest finds nothing to run, that is the user's mistake, and no report of an empty run."""
    of = Tree(tmp_path)
    for name in ("toolchains", "tests/guests/hello"):
        shutil.copytree(tree().root / name, tmp_path / name)
    (tmp_path / "bindings" / "arch" / tree().cells()[0].arch / tree().cells()[0].target).mkdir(parents=True)
    (tmp_path / "solo5").symlink_to(tree().root / "solo5")
    monkeypatch.setattr(flow, "_prepare", lambda *_: {})
    report.write(report.folder(of) / "report.json", "the last one")
    for words in (("--case", "no-such"), ("-n0", "-k", "no_such_guest")):
        assert flow.run(flow.Request(pytest_words=words), at=of) == UsageError.exit_status
    assert [path.name for path in report.folder(of).iterdir()] == ["report.json"]
    assert (report.folder(of) / "report.json").read_text() == '"the last one"\n'


def test_phases_tell_their_times() -> None:
    """Each phase is announced when it begins, and all are listed with seconds, failed ones too."""
    out = io.StringIO()
    phases = flow.Phases(Plain(out, ()))
    with phases.phase("one"):
        assert out.getvalue() == "== one\n"
    with pytest.raises(ValueError, match="x"), phases.phase("two"):
        raise ValueError(*"x")
    assert re.fullmatch(r"one \d+\.\d s, two \d+\.\d s", str(phases))
