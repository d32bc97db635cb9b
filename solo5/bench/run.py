# SPDX-License-Identifier: ISC
"""Takes all measurements of a request, in order, and stores build/report/bench-*.json."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from solo5 import builder, debian, launch, places, scratch, selecting
from solo5.agent.job import Place
from solo5.bench import contest, exits, measure, peer, plan, show, starts
from solo5.bench.contest import Contest
from solo5.bench.exits import Operation
from solo5.bench.peer import Peer
from solo5.bench.plan import Contestant, Measurement
from solo5.bench.starts import Start
from solo5.errors import ToolMissingError, UsageError, naming
from solo5.facts import Arch, Cell, Tree
from solo5.matrix.programs import Programs

#: Of each turn; one takes some 50 ms under emulation.
_HELLOS_IN_A_VM: Final = 5


@dataclass(frozen=True)
class Request:
    """What to measure."""

    turns: int
    """Of each contestant."""
    only: tuple[str, ...] = ()
    """Names of what is measured, patterns of solo5.selecting; none: all is."""
    cells: tuple[str, ...] = ()
    """Where, patterns of solo5.selecting; none: everywhere."""
    peer: Path | None = None
    """Prefix of another installation that takes the same turns."""


@dataclass(frozen=True)
class _Chosen:
    """What of all that there is a request means."""

    timed: tuple[Measurement, ...]
    counted: tuple[Operation, ...]
    starts: tuple[Start, ...]
    timed_cells: tuple[Cell, ...]
    """Those whose guests are processes of this host."""
    counted_cells: tuple[Cell, ...]
    """Those whose guests run on a hypervisor."""


def run(request: Request, of: Tree) -> None:
    """Measure. What keeps it from that is said before anything is built. Raises the error tree's classes."""
    if request.turns < 1:
        message = f"--turns {request.turns}: at least 1"
        raise UsageError(message)
    arch = of.host_arch()
    if arch is None:
        known = ", ".join(of.arch_names)
        message = f"bench: this host's architecture is not in the tree; known: {known}"
        raise UsageError(message)
    chosen = _chosen(request, arch, of)
    choices = {cell: _choose_to_time(cell, of) for cell in chosen.timed_cells}
    peers = _peers(request.peer, (*chosen.timed_cells, *chosen.counted_cells), of)
    with scratch.folder("bench") as folder:
        for cell, choice in choices.items():
            _Round(request, of, cell, peers.get(cell), folder).time(choice, chosen.timed)
        for cell in chosen.counted_cells:
            _Round(request, of, cell, peers.get(cell), folder).count(chosen.counted)
    if chosen.starts:
        show.starts_head()
        figures = starts.take(chosen.starts, request.turns, of, show.start)
        _store(request, of, "starts", [show.start_as_json(each) for each in figures])


def _chosen(request: Request, arch: Arch, of: Tree) -> _Chosen:
    """Return what is to be measured. Raises UsageError for a name that nothing has, or if nothing is left."""
    cells = of.cells()
    if request.cells:
        cells = selecting.chosen("cell", request.cells, cells, lambda cell: (str(cell),))
    # Of no cell, so not meant where cells are named.
    started = () if request.cells else starts.starts(arch, of)
    every = (plan.measurements(), exits.OPERATIONS, started)
    names = tuple(dict.fromkeys(each.name for group in every for each in group))
    if request.only:
        names = selecting.chosen("measurement", request.only, names, lambda name: (name,))
    timed = tuple(each for each in plan.measurements() if each.name in names)
    counted = tuple(each for each in exits.OPERATIONS if each.name in names)
    on_hypervisor = {cell: launch.of(of.target(cell.target), of).uses_hypervisor for cell in cells}
    chosen = _Chosen(
        timed,
        counted,
        tuple(each for each in started if each.name in names),
        tuple(cell for cell in cells if timed and cell.arch == arch.name and not on_hypervisor[cell]),
        tuple(cell for cell in cells if counted and on_hypervisor[cell]),
    )
    if not (chosen.timed_cells or chosen.counted_cells or chosen.starts):
        message = (
            f"bench: nothing of it is measured in {', '.join(map(str, cells))}: guests that are processes of this "
            f"host, {arch.name}, are timed, and exits of those on a hypervisor are counted; leave --only or --cell out"
        )
        raise UsageError(message)
    return chosen


def _choose_to_time(cell: Cell, of: Tree) -> places.Choice:
    """Return where guests of a cell are timed. Raises ToolMissingError: nowhere; it says what can be measured."""
    built = builder.Built.at(of, of.arch(cell.arch))
    try:
        return places.choose(replace(launch.of(of.target(cell.target), of).needs(built), full_speed=True))
    except ToolMissingError as cause:
        others = (each for each in of.cells() if launch.of(of.target(each.target), of).uses_hypervisor)
        options = " ".join(f"--cell {each}" for each in others)
        message = f"bench: {cell} cannot be timed: {cause}; what can be counted all the same: {options}"
        raise ToolMissingError(message) from cause


def _peers(prefix: Path | None, cells: Sequence[Cell], of: Tree) -> Mapping[Cell, Peer]:
    """Return what another installation has of each cell; says what it has not.

    Raises UsageError if it has nothing at all, or something that cannot be run.
    """
    if prefix is None or not cells:
        return {}
    found = {cell: peer.find(prefix, cell, of) for cell in cells}
    lacking = {cell: " nor ".join(map(str, peer.parts(cell, of))) for cell in cells if found[cell] is None}
    if len(lacking) == len(cells):
        parts = ", ".join(str(part) for cell in cells for part in peer.parts(cell, of))
        message = f"--peer {prefix}: none of {parts} there; name a prefix that a Solo5 is installed in"
        raise UsageError(message)
    for cell, parts in lacking.items():
        print(f"peer: nothing for {cell}: neither {parts} in {prefix}", flush=True)
    return {cell: each for cell, each in found.items() if each is not None}


@dataclass(frozen=True)
class _Round:
    """What the measurements of one cell need."""

    request: Request
    of: Tree
    cell: Cell
    peer: Peer | None
    folder: Path
    """Where guests of a peer's are built."""

    def time(self, choice: places.Choice, measurements: Sequence[Measurement]) -> None:
        """Time a cell whose guests are processes of this host."""
        built, made = self._prepared()
        contestants = (contest.PLAIN, *contest.FILTERED, *made.contestants)
        with _opened(choice, built, made) as place:
            show.times_head(contestants)
            times = self._times(place, measurements, contestants)
        _store(self.request, self.of, str(self.cell), {"place": choice.place, "peer": made.about, "times": times})

    def count(self, operations: Sequence[Operation]) -> None:
        """Count how often guests of a hypervisor leave it, and show how long they take where they can run."""
        built, made = self._prepared()
        contestants = (contest.PLAIN, *made.contestants)
        names = [each.name for each in operations]
        timed = [each for each in (plan.hello(_HELLOS_IN_A_VM),) if each.name in names]
        choice = places.choose(launch.of(self.of.target(self.cell.target), self.of).needs(built))
        with _opened(choice, built, made, {exits.BUSYBOX: debian.shell(built.arch, at=self.of)}) as place:
            show.exits_head(made.contestants)
            rows = exits.take(place, operations, made.contestants, lambda row: show.exits(row, made.contestants))
            if timed:
                print(f"times, only to be seen ({choice.place}: {choice.reason})")
                show.times_head(contestants)
            times = self._times(place, timed, contestants)
        report = {"place": choice.place, "peer": made.about, "exits": [show.exits_as_json(row) for row in rows]}
        _store(self.request, self.of, str(self.cell), {**report, "times": times})

    def _prepared(self) -> tuple[builder.Built, Contest]:
        """Return what is built, and who takes part; says who the peer is."""
        built = builder.build(self.of.arch(self.cell.arch), at=self.of)
        made = contest.make(self.cell, built, self.peer, self.of, self.folder)
        print(f"\n{self.cell}{made.about and ', peer: '}{made.about}", flush=True)
        return built, made

    def _times(self, place: Place, measurements: Sequence[Measurement], whose: Sequence[Contestant]) -> list[object]:
        figures = measure.take(place, measurements, whose, self.request.turns, lambda each: show.times(each, whose))
        return [show.times_as_json(each) for each in figures]


@contextlib.contextmanager
def _opened(
    choice: places.Choice, built: builder.Built, made: Contest, more: Mapping[str, Path] | None = None
) -> Iterator[Place]:
    """Yield a place where all who take part were seen to run."""
    files = measure.files(Programs(built), {**made.files, **(more or {})})
    with contextlib.closing(places.kind(choice.place).open(built.arch, built.agent, files, places.Options())) as place:
        contest.demand_that_it_runs(made, place)
        yield place


def _store(request: Request, of: Tree, name: str, what: object) -> None:
    if request.only:
        print("not stored: it is a part only", flush=True)
        return
    report = of.build_root / "report" / f"bench-{name}.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    with naming(report):
        report.write_text(json.dumps(what, indent=2) + "\n")
    print(f"stored in {of.shown(report)}", flush=True)
