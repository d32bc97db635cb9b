# SPDX-License-Identifier: ISC
"""solo5.matrix.report, .junit and .table: results as values, files and words."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

from solo5.facts import Cell, Tree, tree
from solo5.matrix import archive, junit, report, table
from solo5.matrix.plan import SCHEMA, Plan, PlannedCell
from solo5.matrix.verdict import Ending

CELL = Cell("spt", "aarch64")


def result(name: str, ending: Ending, cell: Cell = CELL) -> report.Result:
    """Return a result of one case."""
    return report.Result(f"{name}-{cell}", str(cell), name, "", ending, 0.5, "vm", ("why",), "again")


def states(*results: report.Result) -> dict[str, report.CellState]:
    """Return the cells of the tree after those results."""
    return {str(state.cell): state for state in report.cell_states(tree(), results)}


def test_every_field_of_the_matrix_has_a_state() -> None:
    """Fields without a cell are missing, and cells where nothing ran have not passed."""
    found = states()
    assert set(found) == {f"{t}-{a}" for t in tree().target_names for a in tree().arch_names}
    expected = {name: "not run" if tree().has_cell(state.cell) else "missing" for name, state in found.items()}
    assert {name: state.state for name, state in found.items()} == expected


def test_one_failure_fails_a_cell() -> None:
    """A cell has passed if cases passed and none ended badly."""
    good = result("a", Ending.PASSED)
    assert states(good)[str(CELL)].state == "passed"
    for ending in Ending:
        expected = "passed" if ending.is_pass or ending is Ending.SKIPPED else "failed"
        assert states(good, result("b", ending))[str(CELL)].state == expected


def test_a_skip_is_no_pass() -> None:
    """A cell where every case was skipped has not passed."""
    state = states(result("a", Ending.SKIPPED))[str(CELL)]
    assert (state.state, table.words(state)) == ("not run", "1 skipped")


def test_words() -> None:
    """What went wrong comes first."""
    found = states(result("a", Ending.PASSED), result("b", Ending.KILLED), result("c", Ending.PASSED))
    assert table.words(found[str(CELL)]) == "1 killed, 2 passed"


def test_plain_table() -> None:
    """Without a terminal the table is plain aligned lines, a row each target."""
    out = io.StringIO()
    table.show(report.cell_states(tree(), [result("a", Ending.PASSED)]), out)
    head, *rows = out.getvalue().splitlines()
    assert head.split() == list(tree().arch_names)
    assert [row.split()[0] for row in rows] == list(tree().target_names)
    (row,) = (row for row in rows if row.startswith("spt"))
    assert row[head.index("aarch64") :].startswith("1 passed ")


def test_failing() -> None:
    """Each case that did not pass is one line with the reason."""
    found = table.failing([result("b", Ending.BROKE), result("a", Ending.PASSED)])
    assert found == ["b-spt-aarch64: place broke: why"]


def test_document(tmp_path: Path) -> None:
    """The report holds what its schema says, and can be read back."""
    program = tmp_path / "solo5-spt"
    program.write_bytes(b"")
    results = [result("a", Ending.PASSED)]
    phases = [report.Phase("run", 1.25)]
    kernels = {"aarch64": {"package": "p", "version": "v", "sha256": "s"}}
    planned = Plan(
        SCHEMA,
        "gcc",
        True,
        (PlannedCell("spt-aarch64", "spt", "aarch64", "k", "aarch64", False, "vm", "because", ""),),
        (),
    )
    programs = {"spt-aarch64": program}
    about = report.Run("2026-01-31T12:00:00Z", "abc", ("--cell", "spt-aarch64"), whole=False)
    values = report.document(tree(), planned, results, phases, run=about, kernels=kernels, programs=programs)
    archive.write(tmp_path / "new" / "report.json", values)
    read = json.loads((tmp_path / "new" / "report.json").read_text())
    assert read == values
    assert read["schema"] == 1
    assert ("abc", ["--cell", "spt-aarch64"], False) == (read["commit"], read["asked"], read["interrupted"])
    assert read["phases"] == [{"name": "run", "seconds": 1.25}]
    assert read["kernels"] == kernels
    assert read["programs"]["spt-aarch64"]["size_bytes"] == 0
    expected = {"target": "spt", "arch": "aarch64", "state": "passed", "counts": {"passed": 1}}
    assert {**expected, "place": "vm", "reason": "because"} in read["cells"]
    assert read["compiler"] == "gcc"
    assert [report.result(each) for each in read["cases"]] == results
    assert report.last_seconds(tmp_path / "new" / "report.json") == {"a-spt-aarch64": 0.5}


def test_a_damaged_report_is_none(tmp_path: Path) -> None:
    """What an older run left is only a hint; it may be missing or anything at all."""
    path = tmp_path / "report.json"
    assert report.last_seconds(path) == {}
    for text in ("", "[]", '{"cases": 1}', '{"cases": [{}]}'):
        path.write_text(text)
        assert report.last_seconds(path) == {}


def test_folder() -> None:
    """Reports lie below build, which is never committed."""
    assert archive.folder(Tree(Path("/t"))) == Path("/t/build/report")


def test_each_kernel_has_a_folder_of_its_own() -> None:
    """A run on another kernel overwrites neither the stock one's report nor a third one's."""
    assert archive.folder(Tree(Path("/t")), "pages-16k") == Path("/t/build/report/pages-16k")


def test_junit_names_each_case_with_its_cell() -> None:
    """A JUnit case bears the item's whole name, in the suite of its cell."""
    results = [result("blk[512]", Ending.PASSED), result("a", Ending.PASSED, Cell("spt", "x86_64"))]
    root = ET.fromstring(junit.document(results))  # noqa: S314 - our own
    found = {suite.get("name"): [case.get("name") for case in suite] for suite in root}
    assert found == {"spt-aarch64": ["blk[512]-spt-aarch64"], "spt-x86_64": ["a-spt-x86_64"]}


def test_junit_tells_a_broken_machine_from_a_failed_guest() -> None:
    """Each ending has its element: failure for the guest's doing, error for ours."""
    root = ET.fromstring(junit.document([result(each.name, each) for each in Ending]))  # noqa: S314 - our own
    found = {case.get("name", "").partition("-")[0]: [part.tag for part in case] for case in root.iter("testcase")}
    assert found == {
        "PASSED": [],
        "BEFORE": ["properties"],
        "FAILED": ["failure"],
        "TIMED_OUT": ["failure"],
        "KILLED": ["failure"],
        "BROKE": ["error"],
        "ERROR": ["error"],
        "SKIPPED": ["skipped"],
    }
    (suite,) = root
    counts = {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")}
    assert counts == {"tests": "8", "failures": "3", "errors": "2", "skipped": "1", "time": "4.000"}


def test_junit_is_xml_whatever_a_guest_wrote() -> None:
    """Characters that XML cannot hold are written as backslash and number."""
    odd = report.Result("a", "c", "a", "", Ending.FAILED, 0.0, "vm", ("\x00<",), "", text="\x1b[31m")
    root = ET.fromstring(junit.document([odd]))  # noqa: S314 - our own
    (failure,) = root.iter("failure")
    assert (failure.get("message"), failure.text) == ("\\x00<", "\\x1b[31m")
