# SPDX-License-Identifier: ISC
"""Shows the parity table: {targets} x {architectures}, and what each cell is worth.

Colours and lines on a terminal, plain text elsewhere; the values come from
solo5.matrix.report.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import IO, Final

from solo5.matrix.report import CellState, Result

_STYLES: Final = {"passed": "green", "failed": "bold red", "missing": "dim", "not run": "yellow"}

#: More columns than plain text has, at most: borders and room beside each of them, as many as there are architectures.
_FRAME: Final = 12


def words(state: CellState) -> str:
    """Say what a cell is worth, as in `158 passed` or `2 failed, 156 passed`."""
    if state.state == "missing":
        return "missing"
    counts = sorted(state.counts.items(), key=lambda pair: pair[0].is_pass)
    said = ", ".join(f"{count} {ending.value}" for ending, count in counts if count)
    return said or "not run"


def show(states: Sequence[CellState], out: IO[str] | None = None) -> None:
    """Print the table to `out`, standard output by default."""
    out = out or sys.stdout
    if out.isatty():
        _show_rich(states, out)
    else:
        print("\n".join(lines(states)), file=out)


def lines(states: Sequence[CellState]) -> list[str]:
    """Return the table as plain lines, columns aligned."""
    rows = [["", *_archs(states)], *([name, *map(words, row)] for name, row in _rows(states))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    padded = ([word.ljust(width) for word, width in zip(row, widths, strict=True)] for row in rows)
    return ["  ".join(row).rstrip() for row in padded]


def failing(results: Sequence[Result]) -> list[str]:
    """Return a line for each case that did not pass."""
    bad = (each for each in results if not each.ending.is_pass)
    ordered = sorted(bad, key=lambda each: each.name)
    return [f"{each.name}: {each.ending.value}: {'; '.join(each.detail)}" for each in ordered]


def _show_rich(states: Sequence[CellState], out: IO[str]) -> None:
    from rich import console, table, text  # noqa: PLC0415 - takes a while, and only terminals show it

    terminal = console.Console(file=out)
    if max(map(len, lines(states))) + _FRAME > terminal.width:
        # Squeezed, words would be cut.
        for each in states:
            terminal.print(text.Text(f"{each.cell}: ").append(words(each), _STYLES[each.state]))
        return
    shown = table.Table()
    shown.add_column("")
    for arch in _archs(states):
        shown.add_column(arch)
    for name, row in _rows(states):
        shown.add_row(name, *(text.Text(words(state), _STYLES[state.state]) for state in row))
    terminal.print(shown)


def _archs(states: Sequence[CellState]) -> list[str]:
    return list(dict.fromkeys(state.cell.arch for state in states))


def _rows(states: Sequence[CellState]) -> list[tuple[str, list[CellState]]]:
    names = dict.fromkeys(state.cell.target for state in states)
    return [(name, [state for state in states if state.cell.target == name]) for name in names]
