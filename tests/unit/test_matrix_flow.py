# SPDX-License-Identifier: ISC
"""solo5.matrix.flow: what `solo5 matrix` plans, and its exit status."""

from __future__ import annotations

import io
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from callers_environment import SETTINGS

from solo5.errors import BuildError, GuestError, MachineError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import Tree, tree
from solo5.matrix import archive, cases, flow, plan, report, request
from solo5.matrix.display import Plain
from solo5.matrix.verdict import Ending

CELL = str(tree().cells()[0])


def selection(**fields: Any) -> request.Selection:  # noqa: ANN401 - fields of many types
    """Return what a request means."""
    return request.select(request.Request(**fields), tree())


def test_without_a_name_every_cell_is_meant() -> None:
    """All cells of the tree, each architecture once, every case of the default tier."""
    made = selection()
    assert made.cells == tree().cells()
    assert {arch.name for arch in made.archs} == {cell.arch for cell in tree().cells()}
    assert made.items == cases.all_items(tree(), tree().cells(), full=False)


def test_a_named_case_is_meant_whatever_its_tier() -> None:
    """--full asks for the soak; who names a case means it, too."""
    every = cases.all_items(tree(), tree().cells(), full=True)
    assert selection(full=True).items == every
    soak = next(item for item in every if item.case.tier == "full")
    assert selection(cases=(soak.name,)).items == (soak,)


@pytest.mark.parametrize("fields", [{"cells": ("spt-vax",)}, {"cases": ("no-such",)}])
def test_an_unknown_name_is_refused(fields: dict[str, Any]) -> None:
    """A cell or case that does not exist is an error before anything is built."""
    with pytest.raises(UsageError):
        selection(**fields)


def _planned(**fields: Any) -> plan.Plan:  # noqa: ANN401 - fields of many types
    asked = request.Request(**fields)
    return plan.make(request.select(asked, tree()), asked, tree())[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["2"]),
        (("-n", "4"), ["4"]),
        (("-n0",), []),
        (("--numprocesses=3",), []),
    ],
)
def test_two_workers_unless_told_otherwise(words: tuple[str, ...], expected: list[str]) -> None:
    """Two places work at a time, unless -n decides; what follows comes last."""
    command = flow.pytest_words(_planned(cells=(CELL,)), flow.Manner(pytest_words=words), tree())
    found = [command[at + 1] for at, word in enumerate(command) if word == "-n"]
    assert found == expected
    assert command[len(command) - len(words) :] == words


def test_one_item_needs_no_second_worker() -> None:
    """A single case runs in the process that collects it."""
    one = _planned(cells=(CELL,), cases=("hello",))
    command = flow.pytest_words(one, flow.Manner(), tree())
    assert "0" == command[command.index("-n") + 1]


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
        (1, (Ending.BROKE, Ending.FAILED), GuestError.exit_status),
        (1, (Ending.BROKE, Ending.ERROR), MachineError.exit_status),
        (1, (Ending.ERROR, Ending.PASSED), Solo5Error.exit_status),
        (2, (), Solo5Error.exit_status),
        (3, (), Solo5Error.exit_status),
    ],
)
def test_exit_status(status: int, endings: tuple[Ending, ...], expected: int) -> None:
    """The status of pytest and the results become one of ours; nothing but skips is no success."""
    assert flow.exit_status(status, results(*endings)) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((BuildError.exit_status, 0), BuildError.exit_status),
        ((ToolMissingError.exit_status,), ToolMissingError.exit_status),
        ((ToolMissingError.exit_status, BuildError.exit_status), BuildError.exit_status),
        ((BuildError.exit_status, Solo5Error.exit_status), Solo5Error.exit_status),
    ],
)
def test_an_error_keeps_its_status(statuses: tuple[int, ...], expected: int) -> None:
    """What kept cases from running decides, the gravest of several; cases that passed beside them do not."""
    endings = (Ending.ERROR if status else Ending.PASSED for status in statuses)
    made = [replace(each, exit_status=status) for each, status in zip(results(*endings), statuses, strict=True)]
    assert flow.exit_status(1, made) == expected


def test_a_mistyped_case_leaves_the_last_report_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When pytest finds nothing to run, that is the user's mistake, and no report of an empty run."""
    of = Tree(tmp_path)
    for name in ("toolchains", "tests/guests/hello", "docs/systemd"):
        shutil.copytree(tree().root / name, tmp_path / name)
    of.checkout.settings.write_text("")
    (tmp_path / "bindings" / "arch" / tree().cells()[0].arch / tree().cells()[0].target).mkdir(parents=True)
    (tmp_path / "solo5").symlink_to(tree().root / "solo5")
    monkeypatch.setattr(flow, "_prepare", lambda *_: {})
    archive.write(archive.folder(of) / "report.json", "the last one")
    manner = flow.Manner(pytest_words=("-n0", "-k", "no_such_guest"))
    assert flow.run(request.select(request.Request(), of), request.Request(), manner, at=of) == UsageError.exit_status
    assert [path.name for path in archive.folder(of).iterdir()] == ["report.json"]
    assert (archive.folder(of) / "report.json").read_text() == '"the last one"\n'


def test_phases_tell_their_times() -> None:
    """Each phase is announced when it begins, and all are listed with seconds, failed ones too."""
    out = io.StringIO()
    phases = flow.Phases(Plain(out, ()))
    with phases.phase("one"):
        assert out.getvalue() == "== one\n"
    with pytest.raises(ValueError, match="x"), phases.phase("two"):
        raise ValueError(*"x")
    assert re.fullmatch(r"one \d+\.\d s, two \d+\.\d s", str(phases))


def test_settings_of_pytest_are_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pytest that runs cases has its plugins and nobody's options, whatever the caller has set for another one."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "test_one.py").write_text(
        "def test_one(request): assert request.config.pluginmanager.hasplugin('xdist')"
    )
    words = [sys.executable, "-m", "pytest", "-p", "solo5.matrix.plugin", "-q", "-n", "0", "--rootdir", str(tmp_path)]
    with (tmp_path / "said").open("w+b") as said:
        status = flow._wait_for_pytest([*words, str(tmp_path / "test_one.py")], tree(), said)  # noqa: SLF001
        said.seek(0)
        assert (0, True) == (status, b"1 passed" in said.read())
