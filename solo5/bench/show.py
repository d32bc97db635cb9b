# SPDX-License-Identifier: ISC
"""Prints what was measured, each line when it is there, and says it as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from solo5.bench import starts
from solo5.bench.exits import Row
from solo5.bench.measure import Figure
from solo5.bench.plan import Contestant

#: Whom ours is compared with.
_TO = ("plain", "floor", "looking", "peer")


def times_head(contestants: Sequence[Contestant]) -> None:
    """Print what the columns of `times` are."""
    names = "".join(f"{who.name:>12}" for who in contestants)
    print(f"{'median of a turn':28}{names}   ratios (at most)", flush=True)


def times(figure: Figure, contestants: Sequence[Contestant]) -> None:
    """Print the medians and ratios of a measurement."""
    columns = ""
    for who in contestants:
        median = figure.median(who.name)
        columns += f"{'-':>12}" if median is None else f"{median:>9.1f} {figure.what.unit}"
    ratios = []
    for to in _TO:
        ratio = figure.ratio("ours", to)
        if ratio is not None:
            most = f" ({figure.what.target})" if to == figure.what.against else ""
            ratios.append(f"{ratio:.2f} of {to}{most}")
    print(f"{figure.what.name:28}{columns}   {', '.join(ratios)}", flush=True)
    _failures(figure.failed)


def exits_head(contestants: Sequence[Contestant]) -> None:
    """Print what the columns of `exits` are."""
    print(f"{'exits to the tender':40}{''.join(f'{who.name:>8}' for who in contestants)}", flush=True)


def exits(row: Row, contestants: Sequence[Contestant]) -> None:
    """Print the exits of an operation."""
    columns = (f"{row.exits[who.name]:>8.2f}" if who.name in row.exits else f"{'-':>8}" for who in contestants)
    print(f"{row.name:40}{''.join(columns)}", flush=True)
    _failures(row.failed)


def _failures(failed: Mapping[str, str]) -> None:
    for cause in failed.values():
        print(f"  - not measured: {cause}", flush=True)


def starts_head() -> None:
    """Print what the columns of `start` are."""
    print(f"\n{'commands, median of a turn':40}{'processor':>12}{'wall':>10}   ratio", flush=True)


def start(figure: starts.Figure) -> None:
    """Print what the start of a command takes."""
    columns = f"{figure.taken.processor_s:>10.2f} s{figure.taken.wall_s:>8.2f} s"
    ratio = f"{figure.ratio:.1f} of `python -c pass`"
    print(f"{figure.start.name:40}{columns}   {ratio} (at most {figure.start.most_s} s of the processor)", flush=True)


def times_as_json(figure: Figure) -> dict[str, object]:
    """Return a measurement as JSON."""
    return {
        "name": figure.what.name,
        "unit": figure.what.unit,
        "operations_per_turn": figure.what.count,
        "turns": figure.turns,
        "failed": figure.failed,
        "median": {who: figure.median(who) for who in figure.turns},
        "ratio": {to: figure.ratio("ours", to) for to in _TO},
        "target": {"ratio": figure.what.target, "to": figure.what.against},
    }


def exits_as_json(row: Row) -> dict[str, object]:
    """Return the exits of an operation as JSON."""
    return {"name": row.name, "exits": row.exits, "failed": row.failed}


def start_as_json(figure: starts.Figure) -> dict[str, object]:
    """Return the start of a command as JSON."""
    return {
        "name": figure.start.name,
        "processor_s": figure.taken.processor_s,
        "wall_s": figure.taken.wall_s,
        "ratio": figure.ratio,
        "most_processor_s": figure.start.most_s,
    }
