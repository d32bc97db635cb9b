# SPDX-License-Identifier: ISC
"""What a request becomes, once: where each cell runs and why, and the job of each item.

Everybody later reads this value: `--dry-run`, `explain`, the session and its
workers, the ledger, the report. It travels as JSON: it holds no path of a
machine, and content only by its hash (solo5.matrix.store). How a case becomes
a job, solo5.matrix.jobs says; who chooses places, solo5.places.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from solo5 import env, launch, places, typed
from solo5.agent.job import Job
from solo5.builder import Built
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Target, Tree
from solo5.launch import Launcher
from solo5.matrix import cases, jobs, repeat
from solo5.matrix.case import Expect
from solo5.matrix.request import Request, Selection
from solo5.matrix.store import Store

#: A change of meaning changes it; a reader refuses another one.
SCHEMA: Final = 1
_PLAN: Final = "plan.json"
_STORE: Final = "store"


@dataclass(frozen=True)
class Pass:
    """How an item passed before; it is not run again."""

    seconds: float
    place: str


@dataclass(frozen=True)
class PlannedCell:
    """What is decided for all items of a cell."""

    cell: str
    target: str
    arch: str
    launcher: str
    """The kind of its target's."""
    runs: str
    """Whose programs run in its place: an architecture."""
    host_programs: bool
    """Whether its jobs start programs of the place's own system."""
    place: str
    """A kind."""
    reason: str
    """Why there, one line."""
    agent: str
    """Hash of the program that runs its jobs."""
    kernel: str | None = None
    """Which of the architecture's other kernels its place has; None: the stock one."""

    def arch_in(self, of: Tree) -> Arch:
        """Return the architecture whose programs run in its place, as they find it there."""
        return of.arch(self.runs).on_kernel(self.kernel)


@dataclass(frozen=True)
class PlannedItem:
    """An item, and its job."""

    name: str
    cell: str
    guest: str
    case: str
    about: str
    """The fact that it proves."""
    expect: Expect
    repeat: str
    """The command that runs it again."""
    job: Job
    """Without the content of its files."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the files in the job's folder, by path in it."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Hashes of what its place must hold, by path in it."""
    key: str = ""
    """Hash of all that its outcome depends on (solo5.matrix.ledger); empty: nobody asked."""
    passed: Pass | None = None


@dataclass(frozen=True)
class Plan:
    """All of it."""

    schema: int
    compiler: str
    """What it was all built with."""
    snapshots: bool
    """Whether machines may start from saved ones."""
    cells: tuple[PlannedCell, ...]
    items: tuple[PlannedItem, ...]
    first: tuple[str, ...] = ()
    """Names of items that run before the others."""

    def cell_of(self, item: PlannedItem) -> PlannedCell:
        """Return what is decided for an item's cell."""
        return next(each for each in self.cells if each.cell == item.cell)


@dataclass(frozen=True)
class _Means:
    """What the items of a cell are run with."""

    target: Target
    launcher: Launcher
    built: Built


def _means(cell: Cell, request: Request, of: Tree) -> _Means:
    target = of.target(cell.target)
    return _Means(target, launch.of(target, of), Built.at(of, of.arch(cell.arch), request.asked.compiler))


def _needs(means: _Means, request: Request) -> places.Needs:
    """Return what jobs need of their place; raises UsageError: there is no such kernel."""
    needs = means.launcher.needs(means.built)
    needs.arch.on_kernel(request.asked.kernel)
    return replace(needs, own_kernel=needs.own_kernel or request.asked.kernel is not None)


def archs(selection: Selection, request: Request, of: Tree) -> tuple[Arch, ...]:
    """Return the architectures whose programs take part: of the cells, and of what starts their guests."""
    means = (_means(cell, request, of) for cell in selection.cells)
    runs = (each.launcher.needs(each.built).arch for each in means)
    return tuple(dict.fromkeys((*selection.archs, *runs)))


def check_places(selection: Selection, request: Request, of: Tree) -> None:
    """Raise UsageError if the place that was asked for cannot be, before anything is built.

    What tries a hypervisor may be about to be built: whether guests run on it, `make` asks.
    """
    if request.asked.place is not None or request.asked.kernel is not None:
        for cell in selection.cells:
            needs = _needs(_means(cell, request, of), request)
            places.choose(replace(needs, hypervisor=None), request.asked.place)


def make(selection: Selection, request: Request, of: Tree) -> tuple[Plan, Store]:
    """Return the plan, and the content that it speaks of.

    What is not built yet has no hash in it. Raises UsageError if a place that
    was asked for cannot be.
    """
    store = Store()
    means = {cell: _means(cell, request, of) for cell in selection.cells}
    cells = tuple(_plan_cell(cell, means[cell], request, of, store) for cell in selection.cells)
    items = tuple(
        _plan_item(item, means[item.cell], repeat.command(of, item, request.asked), store) for item in selection.items
    )
    compiler = request.asked.compiler or of.default_compiler
    return Plan(SCHEMA, compiler, request.snapshots, cells, items, selection.first), store


def make_for(choice: env.Choice, selection: Selection, request: Request, of: Tree) -> tuple[Plan, Store]:
    """Return the plan of a session in some environment, to be shown.

    If that is not this process', its places are none that will be used: the session plans again.
    """
    asked = request.asked if choice.here else replace(request.asked, place=None)
    return make(selection, replace(request, asked=asked), of)


def _plan_cell(cell: Cell, means: _Means, request: Request, of: Tree, store: Store) -> PlannedCell:
    needs = _needs(means, request)
    choice = places.choose(needs, request.asked.place)
    return PlannedCell(
        cell=str(cell),
        target=cell.target,
        arch=cell.arch,
        launcher=means.target.launcher or "",
        runs=needs.arch.name,
        host_programs=needs.host_programs,
        place=choice.place,
        reason=choice.reason,
        agent=store.put(Built.at(of, needs.arch, request.asked.compiler).agent),
        kernel=request.asked.kernel,
    )


def _plan_item(item: cases.Item, means: _Means, command: str, store: Store) -> PlannedItem:
    case = item.case
    prepared = jobs.prepare(item, means.target, means.launcher, means.built)
    return PlannedItem(
        name=item.name,
        cell=str(item.cell),
        guest=case.guest,
        case=case.name,
        about=case.about,
        expect=case.expect,
        repeat=command,
        job=prepared.job,
        contents={path: store.put(content) for path, content in prepared.contents.items()},
        programs={path: store.put(program) for path, program in prepared.programs.items()},
    )


def with_keys(plan: Plan, keys: Mapping[str, str]) -> Plan:
    """Return the plan with its items' keys, by item's name."""
    return replace(plan, items=tuple(replace(each, key=keys[each.name]) for each in plan.items))


def with_passes(plan: Plan, passes: Mapping[str, Pass]) -> Plan:
    """Return the plan with what passed before, by item's name."""
    return replace(plan, items=tuple(replace(each, passed=passes.get(each.name)) for each in plan.items))


def write(folder: Path, plan: Plan, store: Store) -> None:
    """Put a plan and its store into a folder, for workers."""
    store.write(folder / _STORE)
    (folder / _PLAN).write_text(json.dumps(typed.plain(plan)))


def read(folder: Path) -> Plan:
    """Return the plan that lies in a folder. Raises UsageError if it is none, or of another schema."""
    path = folder / _PLAN
    table = json.loads(path.read_text())
    schema = table.get("schema")
    if schema != SCHEMA:
        message = f"{path}: a plan of schema {schema}; this program reads schema {SCHEMA}"
        raise UsageError(message)
    return typed.load(Plan, table, str(path))


def store_of(folder: Path) -> Path:
    """Return the store beside a plan."""
    return folder / _STORE
