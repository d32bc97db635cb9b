# SPDX-License-Identifier: ISC
"""Takes all measurements of a request: prints ratios, stores build/report/bench*.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from solo5 import builder, debian, launch, places, scratch, selecting
from solo5.bench import exits, measure, peer, plan
from solo5.bench.exits import Operation
from solo5.bench.measure import Figure
from solo5.bench.plan import Contestant, Measurement
from solo5.errors import UsageError, naming
from solo5.facts import Cell, Target, Tree
from solo5.matrix.programs import Programs


@dataclass(frozen=True)
class Request:
    """What to measure."""

    turns: int
    """Of each contestant."""
    only: tuple[str, ...]
    """Names of what is measured, patterns of solo5.selecting; none: all is."""
    peer: Path | None
    """Prefix of another installation that takes the same turns."""


def run(request: Request, of: Tree) -> None:
    """Measure on this host. Raises the error tree's classes."""
    if request.turns < 1:
        message = f"--turns {request.turns}: at least 1"
        raise UsageError(message)
    arch = of.host_arch()
    if arch is None:
        known = ", ".join(of.arch_names)
        message = f"bench: this host's architecture is not in the tree; known: {known}"
        raise UsageError(message)
    names = _chosen(request.only)
    timed = [each for each in plan.measurements() if each.name in names]
    counted = [each for each in exits.OPERATIONS if each.name in names]
    with scratch.folder("bench") as folder:
        by_hypervisor = {cell: launch.of(of.target(cell.target), of).uses_hypervisor for cell in of.cells()}
        # Guests of the others are processes of this host.
        for cell in (cell for cell in by_hypervisor if timed and cell.arch == arch.name and not by_hypervisor[cell]):
            _run(request, of, cell, folder, timed)
        for cell in (cell for cell in by_hypervisor if counted and by_hypervisor[cell]):
            _run_hypervisor(request, of, cell, folder, counted)


def _chosen(only: Sequence[str]) -> Sequence[str]:
    """Return the names of what is to be measured. Raises UsageError: a name that nothing has."""
    names = (*(each.name for each in plan.measurements()), *(each.name for each in exits.OPERATIONS))
    every = dict.fromkeys(names)
    return selecting.chosen("measurement", only, every, lambda name: (name,)) if only else tuple(every)


#: Of each turn; one takes some 50 ms under emulation.
_HELLOS_IN_A_VM = 5
_PLAIN = Contestant("plain", "")
_FILTERED = (Contestant("floor", "", filter="filtered"), Contestant("looking", "", filter="looking"))
_OURS = Contestant("ours", "/ours/tender", "/ours/hello", "/ours/bench")
#: Whom ours is compared with.
_TO = ("plain", "floor", "looking", "peer")
_PEER = Contestant("peer", "/peer-tender", "/peer-hello", "/peer-bench")


def _our_programs(built: builder.Built, target: Target, of: Tree) -> dict[str, Path]:
    return {
        _OURS.tender: launch.of(target, of).program_in(built),
        _OURS.hello: Programs(built).guest("hello", target),
        _OURS.bench: Programs(built).guest("bench", target),
    }


def _peer_programs(prefix: Path, cell: Cell, of: Tree, scratch: Path) -> dict[str, Path]:
    return {
        _PEER.tender: peer.tender(prefix, of.target(cell.target), of),
        _PEER.hello: peer.build_guest(prefix, cell, of, "hello", scratch),
        _PEER.bench: peer.build_guest(prefix, cell, of, "bench", scratch),
    }


def _run_hypervisor(request: Request, of: Tree, cell: Cell, scratch: Path, operations: Sequence[Operation]) -> None:
    """Count how often guests of a hypervisor leave it, and show how long they take where they can run."""
    arch, target = of.arch(cell.arch), of.target(cell.target)
    built = builder.build(arch)
    contestants, programs = [_OURS], _our_programs(built, target, of)
    if request.peer is not None and peer.has(request.peer, cell, of):
        contestants.append(_PEER)
        programs |= _peer_programs(request.peer, cell, of, scratch)
    files = measure.files(Programs(built), {**programs, exits.BUSYBOX: debian.shell(arch, at=of)})
    names = [each.name for each in operations]
    times = [each for each in (plan.hello(_HELLOS_IN_A_VM),) if each.name in names]
    choice = places.choose(launch.of(target, of).needs(built))
    place = places.kind(choice.place).open(arch, built.agent, files, places.Options())
    try:
        print(f"\n{f'exits to the tender, {cell}':40}{''.join(f'{who.name:>8}' for who in contestants)}")
        rows = exits.take(place, operations, contestants, _print_exits)
        if times:
            print(f"times, only to be seen ({choice.place}: {choice.reason})")
            _print_head([_PLAIN, *contestants])
        figures = measure.take(place, times, (_PLAIN, *contestants), request.turns, _print_figure)
    finally:
        place.close()
    _store(of, f"bench-{cell}", {"place": choice.place, "exits": rows, "times": [_as_json(each) for each in figures]})


def _run(request: Request, of: Tree, cell: Cell, scratch: Path, measurements: Sequence[Measurement]) -> None:
    """Time a cell whose guests are processes of this host."""
    target, built = of.target(cell.target), builder.build(of.arch(cell.arch))
    contestants = [_PLAIN, *_FILTERED, _OURS]
    programs = _our_programs(built, target, of)
    if request.peer is not None:
        contestants.append(_PEER)
        programs |= _peer_programs(request.peer, cell, of, scratch)
    _print_head(contestants)
    choice = places.choose(replace(launch.of(target, of).needs(built), full_speed=True))
    files = measure.files(Programs(built), programs)
    place = places.kind(choice.place).open(built.arch, built.agent, files, places.Options())
    try:
        figures = measure.take(place, measurements, tuple(contestants), request.turns, _print_figure)
    finally:
        place.close()
    _store(of, f"bench-{cell}", [_as_json(figure) for figure in figures])


def _store(of: Tree, name: str, what: object) -> None:
    report = of.build_root / "report" / f"{name}.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    with naming(report):
        report.write_text(json.dumps(what, indent=2) + "\n")
    print(f"stored in {report.relative_to(of.root)}", flush=True)


def _print_exits(name: str, row: dict[str, float]) -> None:
    print(f"{name:40}{''.join(f'{each:>8.2f}' for each in row.values())}", flush=True)


def _print_head(contestants: list[Contestant]) -> None:
    names = "".join(f"{who.name:>12}" for who in contestants)
    print(f"{'median of a turn':28}{names}   ratios (at most)")


def _print_figure(figure: Figure) -> None:
    columns = "".join(f"{figure.median(who):>9.1f} {figure.what.unit}" for who in figure.turns)
    ratios = []
    for to in _TO:
        ratio = figure.ratio("ours", to)
        if ratio is not None:
            most = f" ({figure.what.target})" if to == figure.what.against else ""
            ratios.append(f"{ratio:.2f} of {to}{most}")
    print(f"{figure.what.name:28}{columns}   {', '.join(ratios)}", flush=True)


def _as_json(figure: Figure) -> dict[str, object]:
    return {
        "name": figure.what.name,
        "unit": figure.what.unit,
        "operations_per_turn": figure.what.count,
        "turns": figure.turns,
        "median": {who: figure.median(who) for who in figure.turns},
        "ratio": {to: figure.ratio("ours", to) for to in _TO},
        "target": {"ratio": figure.what.target, "to": figure.what.against},
    }
