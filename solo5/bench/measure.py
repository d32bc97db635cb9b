# SPDX-License-Identifier: ISC
"""Takes the turns, on this host, and makes figures of them.

All contestants take each turn right after one another, in an order that
changes from turn to turn, so that what else the machine does falls on all.
A ratio is the median of the ratios of the turns, not of two medians.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from solo5.agent.job import Place
from solo5.bench import plan
from solo5.bench.plan import Contestant, Measurement
from solo5.errors import GuestError
from solo5.matrix.programs import Programs


@dataclass(frozen=True)
class Figure:
    """One measurement, done: the turns, in order, of every contestant that could take them."""

    what: Measurement
    turns: Mapping[str, tuple[float, ...]]
    failed: Mapping[str, str]
    """Who could not, and how that ended."""

    def median(self, who: str) -> float | None:
        """Return the median turn, in the measurement's unit; None: not there."""
        return statistics.median(self.turns[who]) if who in self.turns else None

    def ratio(self, who: str, to: str) -> float | None:
        """Return the median of who's turns over those of `to`; None: not there."""
        if who not in self.turns or to not in self.turns:
            return None
        pairs = zip(self.turns[who], self.turns[to], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def take(
    place: Place,
    measurements: Iterable[Measurement],
    contestants: Sequence[Contestant],
    turns: int,
    progress: Callable[[Figure], None],
) -> tuple[Figure, ...]:
    """Measure each, `turns` times.

    `progress` gets each figure when it is there. Raises GuestError if a turn
    did not end well, of a contestant that may not fail.
    """
    figures = []
    for what in measurements:
        times: dict[str, list[float]] = {who.name: [] for who in contestants}
        failed: dict[str, str] = {}
        for who in (who for turn in range(turns) for who in _order(contestants, turn)):
            if who.name in failed:
                continue
            try:
                times[who.name].append(plan.per_operation(what, who, place.run(plan.job(what, who))))
            except GuestError as cause:
                if not who.may_fail:
                    raise
                failed[who.name] = str(cause)
        figure = Figure(what, {name: tuple(each) for name, each in times.items() if name not in failed}, failed)
        progress(figure)
        figures.append(figure)
    return tuple(figures)


def _order(contestants: Sequence[Contestant], turn: int) -> Sequence[Contestant]:
    """Return the order of a turn: another one begins each time."""
    start = turn % len(contestants)
    return [*contestants[start:], *contestants[:start]]


def files(programs: Programs, more: Mapping[str, Path]) -> dict[str, Path]:
    """Return what the place must hold: path in it, file here."""
    fixed = {plan.PLAIN: programs.plain, plan.PEER: programs.peer}
    return {path.lstrip("/"): file for path, file in {**fixed, **more}.items()}
