# SPDX-License-Identifier: ISC
"""What a run of the matrix leaves in files: report.json.

Where it lies, solo5.matrix.archive says; the files beside it are
solo5.matrix.junit's and solo5.matrix.html's. report.json, schema 1:

    schema       1
    version      of solo5
    uname        {machine, system, release} of the host that ran it
    environment  where the session did its work: the name of a module of solo5.env
    compiler     what built it all
    kernel       which of the other kernels, else null
    time         when it began, UTC, as in 2026-01-31T12:00:00Z
    commit       what git calls the sources; empty: nobody knows
    asked        the options that say what was to run and how; empty: everything
    whole        whether it is of every case of every cell
    interrupted  whether it was ended before its time
    seconds      of the whole run
    phases       [{name, seconds}], in order
    kernels      {architecture: {package, version, sha256}}, of virtual machines
    programs     {cell: {program, sha256, size_bytes}}, the tenders
    cells        [{target, arch, state, counts, place, reason}]: every field of
                 {targets} x {architectures}; state is passed, failed, missing or
                 not run; counts is {ending: number of cases}; place and reason,
                 where it was to run and why, as the plan has them, else empty
    cases        [{name, cell, guest, case, ending, seconds, place, detail, text,
                 repeat, exit_status}]: what ran; ending is one of solo5.matrix.verdict.Ending,
                 seconds as the place measured, detail the mismatches, and what was cut of
                 an output, text what a terminal showed of a failure, repeat the command that runs it again,
                 exit_status of the class of the error that ended it (docs/decisions.md),
                 0 if none of ours did

A reader must ignore keys that it does not know; a change of meaning changes
the schema's number.
"""

from __future__ import annotations

import collections
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import solo5
from solo5 import env
from solo5.facts import Cell, Tree
from solo5.matrix.plan import Plan, PlannedItem
from solo5.matrix.verdict import Ending

SCHEMA: Final = 1


@dataclass(frozen=True)
class Result:
    """What became of one item."""

    name: str
    cell: str
    guest: str
    case: str
    ending: Ending
    seconds: float
    place: str
    """Empty: it never got to one."""
    detail: tuple[str, ...]
    repeat: str
    text: str = ""
    """What a terminal showed of a failure."""
    exit_status: int = 0
    """Of the error's class, if one of ours ended it."""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "ending": self.ending.value, "detail": list(self.detail)}


def result(values: Mapping[str, Any]) -> Result:
    """Return a result that was made plain."""
    known = {each.name: values[each.name] for each in fields(Result) if each.name in values}
    return Result(**{**known, "ending": Ending(values["ending"]), "detail": tuple(values["detail"])})


def of(  # noqa: PLR0913 - what there is to say
    item: PlannedItem,
    ending: Ending,
    *,
    seconds: float = 0.0,
    place: str = "",
    detail: tuple[str, ...] = (),
    text: str = "",
    exit_status: int = 0,
) -> Result:
    """Return what became of a planned item."""
    names = (item.name, item.cell, item.guest, item.case)
    return Result(*names, ending, seconds, place, detail, item.repeat, text, exit_status)


@dataclass(frozen=True)
class Phase:
    """A part of a run, and how long it took."""

    name: str
    seconds: float


@dataclass(frozen=True)
class CellState:
    """What the matrix knows about one field."""

    cell: Cell
    exists: bool
    counts: Mapping[Ending, int]

    @property
    def state(self) -> str:
        """Return passed, failed, missing or not run.

        A cell where cases were skipped and none ran has not passed.
        """
        if not self.exists:
            return "missing"
        seen = {ending for ending, count in self.counts.items() if count} - {Ending.SKIPPED}
        if not seen:
            return "not run"
        return "passed" if all(ending.is_pass for ending in seen) else "failed"

    @property
    def total(self) -> int:
        """How many cases have an ending."""
        return sum(self.counts.values())


def cell_states(of: Tree, results: Iterable[Result]) -> tuple[CellState, ...]:
    """Return every field of {targets} x {architectures}, row by row."""
    counts: dict[str, collections.Counter[Ending]] = {}
    for each in results:
        counts.setdefault(each.cell, collections.Counter())[each.ending] += 1
    cells = (Cell(target, arch) for target in of.target_names for arch in of.arch_names)
    return tuple(CellState(cell, of.has_cell(cell), counts.get(str(cell), {})) for cell in cells)


@dataclass(frozen=True)
class Run:
    """What there is to say of a run, besides what came of it."""

    time: str
    """When it began, as in the schema."""
    commit: str
    asked: Sequence[str]
    whole: bool
    interrupted: bool = False
    kernel: str | None = None


def document(  # noqa: PLR0913 - what a report is made of
    of: Tree,
    plan: Plan,
    results: Sequence[Result],
    phases: Sequence[Phase],
    *,
    run: Run,
    kernels: Mapping[str, Mapping[str, str]],
    programs: Mapping[str, Path],
) -> dict[str, Any]:
    """Return the report as JSON can hold it; its schema: this module."""
    uname = os.uname()
    planned = {each.cell: each for each in plan.cells}
    return {
        "schema": SCHEMA,
        "version": solo5.__version__,
        "uname": {"machine": uname.machine, "system": uname.sysname, "release": uname.release},
        "environment": env.current(),
        "compiler": plan.compiler,
        **asdict(run),
        "asked": list(run.asked),
        "seconds": round(sum(phase.seconds for phase in phases), 3),
        "phases": [{"name": phase.name, "seconds": round(phase.seconds, 3)} for phase in phases],
        "kernels": {name: dict(kernel) for name, kernel in kernels.items()},
        "programs": {cell: _program(path) for cell, path in programs.items() if path.exists()},
        "cells": [
            {
                "target": each.cell.target,
                "arch": each.cell.arch,
                "state": each.state,
                "counts": {ending.value: count for ending, count in sorted(each.counts.items(), key=_key)},
                "place": planned[str(each.cell)].place if str(each.cell) in planned else "",
                "reason": planned[str(each.cell)].reason if str(each.cell) in planned else "",
            }
            for each in cell_states(of, results)
        ],
        "cases": [each.plain() for each in sorted(results, key=lambda each: each.name)],
    }


def last_seconds(path: Path) -> dict[str, float]:
    """Return how long each item took when that report was written; empty if none was."""
    try:
        values = json.loads(path.read_text())
        return {each["name"]: float(each["seconds"]) for each in values["cases"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _key(pair: tuple[Ending, int]) -> str:
    return pair[0].value


def _program(path: Path) -> dict[str, str | int]:
    content = path.read_bytes()
    return {
        "program": path.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }
