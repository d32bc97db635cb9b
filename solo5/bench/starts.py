# SPDX-License-Identifier: ISC
"""How long commands of ours take until what they start begins, beside Python that starts and does nothing.

Of `solo5 run`, the time until the last program is started: the one that is, or
makes, the guest's place. Of the others, all of it. Programs that a command
starts and waits for count as its work.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import proc, progress
from solo5.builder import Built, build
from solo5.errors import GuestError
from solo5.facts import Arch, Cell, Tree
from solo5.matrix.programs import Programs

__all__ = ["Figure", "Start", "Taken", "starts", "take"]

_GUEST: Final = "hello"
_DEADLINE_S: Final = 600.0
#: Fields 14 to 17 of /proc/PID/stat, counted behind the program's name: the process' own time, and its children's.
_TIMES: Final = slice(11, 15)
#: How solo5.proc begins the line of a program that it is about to start.
_SHOWN: Final = b"+ "


@dataclass(frozen=True)
class Start:
    """A command whose start is of interest."""

    name: str
    words: tuple[str | Path, ...]
    """Python's."""
    most_s: float
    """What its work may take, seconds of the processor."""
    archs: tuple[str, ...] = ()
    """What is built before."""
    until_place: bool = False
    """Whether the time ends when the last program is started."""


@dataclass(frozen=True)
class Taken:
    """What one start took."""

    processor_s: float
    wall_s: float


@dataclass(frozen=True)
class Figure:
    """The medians of all turns, and the median of the turns' ratios to Python that does nothing."""

    start: Start
    taken: Taken
    ratio: float
    """Of wall times."""


def starts(arch: Arch, of: Tree) -> tuple[Start, ...]:
    """Return what there is. `arch` is this host's; a guest of another one is foreign here."""
    solo5 = ("-m", "solo5.cli")
    own = [cell for cell in of.cells() if cell.arch == arch.name]
    found = [
        Start("start of run, foreign guest", (*solo5, "run", _guest(cell, of)), 0.4, (cell.arch,), until_place=True)
        for cell in of.cells()
        if cell.arch != arch.name
    ][:1]
    for cell in own[-1:]:
        words = (*solo5, "matrix", "--plain", "--cell", str(cell))
        found.append(Start("start of one cell, nothing changed", words, 1.0))
        found.append(Start("start of explain", (*solo5, "explain", f"{_GUEST}-{cell}"), 0.3))
    return tuple(found)


def _guest(cell: Cell, of: Tree) -> Path:
    return Programs(Built.at(of, of.arch(cell.arch))).guest(_GUEST, of.target(cell.target))


def take(every: Sequence[Start], turns: int, of: Tree, show: Callable[[Figure], None]) -> tuple[Figure, ...]:
    """Measure each, `turns` times, in turns with Python that does nothing.

    Each runs once before, so that all is built and saved that later ones only
    read. Raises GuestError if one does not end with status 0.
    """
    nothing = Start("nothing", ("-c", "pass"), 0)
    at = of.checkout.root
    figures = []
    for start in every:
        for name in start.archs:
            build(of.arch(name), at=of)
        _once(start, at)
        pairs = [(_once(start, at), _once(nothing, at)) for _ in range(turns)]
        taken = Taken(
            statistics.median(each.processor_s for each, _ in pairs),
            statistics.median(each.wall_s for each, _ in pairs),
        )
        figures.append(Figure(start, taken, statistics.median(each.wall_s / least.wall_s for each, least in pairs)))
        show(figures[-1])
    return tuple(figures)


def _once(start: Start, at: Path) -> Taken:
    argv = (sys.executable, *start.words)
    return _until_place(argv, at) if start.until_place else _until_end(argv, at)


def _until_end(argv: proc.Argv, at: Path) -> Taken:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    proc.run(argv, kind=proc.Kind.OURS, cwd=at, deadline_s=_DEADLINE_S, error=GuestError)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Taken(processor_s, time.monotonic() - began)


def _until_place(argv: proc.Argv, at: Path) -> Taken:
    """Take the time at each program that it shows before it starts it; the last one counts."""
    began, taken, last = time.monotonic(), Taken(0, 0), b""
    shows = {progress.VERBOSE_VARIABLE: "1"}
    with proc.spawn(
        argv, kind=proc.Kind.OURS, cwd=at, env=shows, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as child:
        for line in child.stderr or ():
            if line.startswith(_SHOWN):
                taken = Taken(_processor_s(child.pid), time.monotonic() - began)
            last = line
    if child.returncode != 0 or taken.wall_s == 0:
        message = f"{proc.line(argv)}: status {child.returncode}: {last.decode(errors='replace').strip()}"
        raise GuestError(message)
    return taken


def _processor_s(pid: int) -> float:
    """Return what a process and its children that have ended took of the processor so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[_TIMES])) / os.sysconf("SC_CLK_TCK")
