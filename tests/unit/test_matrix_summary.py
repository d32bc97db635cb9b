# SPDX-License-Identifier: ISC
"""The summary of a step in a hosted CI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solo5.facts import tree
from solo5.matrix import report, summary
from solo5.matrix.plan import SCHEMA, Plan
from solo5.matrix.report import Result
from solo5.matrix.verdict import Ending

_RUN = report.Run("", "", (), whole=True)


def _report(*results: Result) -> dict[str, Any]:
    planned = Plan(SCHEMA, "gcc", True, (), ())
    return report.document(tree(), planned, results, [report.Phase("run", 1.5)], run=_RUN, kernels={}, programs={})


def _result(name: str, ending: Ending, text: str = "") -> Result:
    cell = tree().cells()[0]
    return Result(name, str(cell), name, "", ending, 0.25, "vm", ("said `x` <b>",), f"./noxw -s {name}", text)


def test_it_has_the_table_and_each_failure_with_its_command() -> None:
    """A row each target, failures in bold and unfolded below, the command as a block to copy."""
    text = summary.document(_report(_result("good", Ending.PASSED), _result("bad", Ending.FAILED, "a\n```\nb")))
    lines = text.splitlines()
    assert f"| | {' | '.join(tree().arch_names)} |" == lines[0]
    assert any(
        line.startswith(f"| {tree().cells()[0].target} |") and "**1 failed" in line.replace("1 passed, ", "")
        for line in lines
    )
    assert "<details><summary><b>bad</b>: said &#96;x&#96; &lt;b></summary>" in lines
    assert "````\na\n```\nb\n````" in text
    assert "```\n./noxw -s bad\n```" in text
    assert "1.5 s: run 1.5 s" == lines[-1]


def test_steps_add_to_the_file_that_the_ci_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps, two tables; without a file nothing is written."""
    monkeypatch.delenv(summary.VARIABLE, raising=False)
    summary.append(_report())
    file = tmp_path / "summary"
    monkeypatch.setenv(summary.VARIABLE, str(file))
    summary.append(_report())
    summary.append(_report())
    assert 2 == file.read_text().count("| spt |")


def test_a_flood_of_failures_is_cut() -> None:
    """A page has room for some; the rest is counted."""
    text = summary.document(_report(*(_result(f"case{number}", Ending.KILLED, "y" * 9000) for number in range(120))))
    assert 50 == text.count("<details>")
    assert "70 further failures: see the report." in text
    assert len(text) < 1 << 20
