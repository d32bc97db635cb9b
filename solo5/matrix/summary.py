# SPDX-License-Identifier: ISC
"""Writes a report as Markdown, for the page that a hosted CI shows of a step.

Which file that is, the CI says in its environment: GITHUB_STEP_SUMMARY of
GitHub, Gitea and Forgejo, to whose end each step adds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from solo5.errors import naming

VARIABLE: Final = "GITHUB_STEP_SUMMARY"
#: A page takes 1 MiB at most (GitHub Docs, "Workflow commands").
_MOST_FAILURES: Final = 50
_MOST_CHARACTERS: Final = 4000


def document(report: Mapping[str, Any]) -> str:
    """Return the summary; `report` is what report.json holds."""
    return "\n".join((*_matrix(report["cells"]), "", *_failures(report["cases"]), _times(report), ""))


def append(report: Mapping[str, Any]) -> None:
    """Add it to the file that the CI names, if one does."""
    path = os.environ.get(VARIABLE)
    if path:
        with naming(Path(path)), Path(path).open("a") as file:
            file.write(document(report))


def _matrix(cells: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    archs = list(dict.fromkeys(cell["arch"] for cell in cells))
    yield f"| | {' | '.join(archs)} |"
    yield f"|---|{'---|' * len(archs)}"
    for target in dict.fromkeys(cell["target"] for cell in cells):
        words = (_cell(cell) for cell in cells if cell["target"] == target)
        yield f"| {target} | {' | '.join(words)} |"


def _cell(cell: Mapping[str, Any]) -> str:
    words = ", ".join(f"{count} {ending}" for ending, count in cell["counts"].items() if count) or cell["state"]
    return f"**{words}**" if cell["state"] == "failed" else words


def _failures(cases: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    bad = [case for case in cases if case["ending"] not in {"passed", "passed before", "skipped"}]
    for case in bad[:_MOST_FAILURES]:
        yield f"<details><summary><b>{_html(case['name'])}</b>: {_html('; '.join(case['detail']))}</summary>"
        yield f"\n{_block(case['text'][:_MOST_CHARACTERS])}\n\n{_block(case['repeat'])}\n</details>\n"
    if len(bad) > _MOST_FAILURES:
        yield f"{len(bad) - _MOST_FAILURES} further failures: see the report.\n"


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("`", "&#96;")


def _block(text: str) -> str:
    """Return text as a block of code, its fence longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}\n{fence}"


def _times(report: Mapping[str, Any]) -> str:
    phases = ", ".join(f"{phase['name']} {phase['seconds']:.1f} s" for phase in report["phases"])
    return f"{'interrupted: ' if report['interrupted'] else ''}{report['seconds']:.1f} s: {phases}"
