# SPDX-License-Identifier: ISC
"""The board: what a run does right now, drawn anew a few times a second.

On top the phases with their times; a bar each cell; a line each worker with
its case, the seconds it has taken, and the last line it wrote. Failures are
written above, where they stay.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import IO, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from solo5.matrix.events import Event
from solo5.matrix.verdict import Ending

_PER_SECOND: Final = 8
_BAR_COLUMNS: Final = 24


@dataclass
class _Cell:
    """How far a cell is."""

    total: int = 0
    done: int = 0
    failed: int = 0


@dataclass
class _Worker:
    """What a worker does."""

    name: str
    since: float
    said: str = ""


@dataclass
class _State:
    """All that is shown."""

    phases: dict[str, float | None] = field(default_factory=dict)
    """Seconds of those that have ended."""
    began: float = 0.0
    """When the phase under way did, monotonic."""
    cells: dict[str, _Cell] = field(default_factory=dict)
    workers: dict[str, _Worker] = field(default_factory=dict)


class Board:
    """A Display on a terminal."""

    shows_cases = True

    def __init__(self, out: IO[str]) -> None:
        """Draw on `out`, a terminal, from now until `close`."""
        self._state = _State()
        self._lock = threading.Lock()
        console = Console(file=out)
        self._live = Live(console=console, refresh_per_second=_PER_SECOND, get_renderable=self._draw, transient=True)
        self._live.start()

    def begin(self, phase: str) -> None:
        """Put a phase on top."""
        with self._lock:
            self._state.phases[phase] = None
            self._state.began = time.monotonic()

    def end(self, phase: str, seconds: float) -> None:
        """Write its time beside it."""
        with self._lock:
            self._state.phases[phase] = seconds

    def take(self, event: Event) -> None:
        """Take an event of solo5.matrix.events."""
        with self._lock:
            failure = self._take(event)
        if failure is not None:
            self._live.console.print(failure, soft_wrap=True)

    def close(self) -> None:
        """Take the board away; what was written above stays."""
        self._live.stop()

    def _take(self, event: Event) -> Text | None:
        """Change the state; return the line of a failure."""
        state, kind, worker = self._state, event["kind"], event["worker"]
        now = time.monotonic()
        if kind == "chosen":
            for name, total in event["cells"].items():
                state.cells.setdefault(name, _Cell()).total = total
        elif kind == "begun":
            state.workers[worker] = _Worker(event["name"], now)
        elif kind == "place":
            state.workers[worker] = _Worker(event["text"], now)
        elif kind == "said" and worker in state.workers:
            state.workers[worker].said = event["text"]
        elif kind == "ended":
            state.workers.pop(worker, None)
            cell = state.cells.setdefault(event["cell"], _Cell())
            cell.done += 1
            if not Ending(event["ending"]).is_pass and event["ending"] != Ending.SKIPPED.value:
                cell.failed += 1
                line = Text(f"{event['name']}: {event['ending']}", "bold red")
                return line.append(f": {event['detail']}", "default")
        return None

    def _draw(self) -> RenderableType:
        with self._lock:
            return Group(self._phases(), self._cells(), self._workers())

    def _phases(self) -> Text:
        text = Text()
        for name, seconds in self._state.phases.items():
            text.append(" · " if text else "")
            running = time.monotonic() - self._state.began if seconds is None else seconds
            text.append(f"{name} {running:.1f} s", "bold" if seconds is None else "dim")
        return text

    def _cells(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        for name, cell in sorted(self._state.cells.items()):
            bar = ProgressBar(max(cell.total, 1), cell.done, width=_BAR_COLUMNS)
            failed = Text(f"{cell.failed} failed", "bold red") if cell.failed else Text("")
            grid.add_row(name, bar, f"{cell.done}/{cell.total}", failed)
        return grid

    def _workers(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(justify="right", no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for _, worker in sorted(self._state.workers.items()):
            seconds = time.monotonic() - worker.since
            # What guests write may hold anything.
            shown = "".join(letter if letter.isprintable() else "·" for letter in worker.said)
            grid.add_row(Text(worker.name), f"{seconds:.1f} s", Text(shown, "dim"))
        return grid
