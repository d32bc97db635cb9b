# SPDX-License-Identifier: ISC
"""How a run is shown: plain lines, or on a terminal the board (solo5.matrix.board).

Plain lines are for files, pipes and CI, where each phase is a fold if the CI
has such.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Final, Protocol

from solo5.matrix.events import Event


class Display(Protocol):
    """Shows phases and events of a run; a context manager would be too little: it begins before the run."""

    #: Whether pytest's own progress is shown beside it.
    shows_cases: bool

    def begin(self, phase: str) -> None:
        """Show that a phase begins."""

    def end(self, phase: str, seconds: float) -> None:
        """Show that it has ended."""

    def take(self, event: Event) -> None:
        """Show an event of the run; called from another thread."""

    def close(self) -> None:
        """Leave the terminal as it was; safe to call twice."""


@dataclass(frozen=True)
class Fold:
    """How lines of a log become one that opens: of the CI that sets a variable."""

    variable: str
    begin: str
    end: str


#: In texts: {phase}, {id} of letters and digits, {time} in seconds. Sources: GitHub Docs, "Workflow
#: commands"; GitLab Docs, "Custom collapsible sections"; Azure DevOps, "Logging commands".
FOLDS: Final = (
    Fold("GITHUB_ACTIONS", "::group::{phase}", "::endgroup::"),
    Fold(
        "GITLAB_CI",
        "\033[0Ksection_start:{time}:{id}[collapsed=true]\r\033[0K{phase}",
        "\033[0Ksection_end:{time}:{id}\r\033[0K",
    ),
    Fold("TF_BUILD", "##[group]{phase}", "##[endgroup]"),
)
_NO_FOLD: Final = Fold("", "== {phase}", "")


class Plain:
    """Lines."""

    shows_cases = False

    def __init__(self, out: IO[str], folds: Sequence[Fold] = FOLDS) -> None:
        """Write to `out`."""
        self._out = out
        self._fold = next((fold for fold in folds if os.environ.get(fold.variable)), _NO_FOLD)

    def begin(self, phase: str) -> None:
        """Write the phase's name, as the beginning of a fold if there are folds."""
        self._write(self._fold.begin, phase)

    def end(self, phase: str, _seconds: float) -> None:
        """End the fold."""
        self._write(self._fold.end, phase)

    def take(self, event: Event) -> None:
        """Show nothing: pytest does."""

    def close(self) -> None:
        """Do nothing."""

    def _write(self, text: str, phase: str) -> None:
        if text:
            name = re.sub(r"\W", "_", phase)
            print(text.format(phase=phase, id=name, time=int(time.time())), file=self._out, flush=True)


def choose(out: IO[str], *, plain: bool) -> Display:
    """Return the board if `out` is a terminal that can show it, else lines."""
    if plain or os.environ.get("CI") or os.environ.get("TERM") == "dumb" or not out.isatty():
        return Plain(out)
    from solo5.matrix.board import Board  # noqa: PLC0415 - where there is no terminal, it is not loaded

    return Board(out)
