# SPDX-License-Identifier: ISC
"""Environments: where a session works. One module or folder here for each kind.

A kind says what keeps a session from it, and begins one; which one is taken,
`choose` decides, for every command alike. How commands ask, solo5.session
says; where one job of a session runs, solo5.places decides.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

from solo5 import registry
from solo5.errors import UsageError
from solo5.facts import Tree
from solo5.findings import Finding
from solo5.need import Need

__all__ = ["INSIDE_VARIABLE", "Choice", "Kind", "Options", "choose", "current", "kind", "kinds", "names", "sweep"]

#: Set, to the kind's name, in environments that lack nothing: those that we make.
INSIDE_VARIABLE: Final = "SOLO5_INSIDE"


@dataclass(frozen=True)
class Options:
    """How a session is begun."""

    release: str | None = None
    """Of Debian, for a kind that has `releases`; None: this host's."""
    make: bool = True
    """Whether an environment that is not there yet is made; else it is a ToolMissingError."""


class Kind(Protocol):
    """One kind of environment; a module of this folder has one as KIND."""

    name: str
    """The module's."""
    cost: int
    """Of two kinds that a session can use, the one with the lower cost is taken."""
    here: bool
    """Whether a session of this kind is the process that asks. One kind is so; it is never begun."""
    releases: bool
    """Whether it can be of another Debian release than this host."""

    def obstacle(self, needed: Sequence[Need]) -> str | None:
        """Return what keeps a session with these needs from it, in one line; None: nothing."""

    def reason(self, needed: Sequence[Need]) -> str:
        """Return why it will do, where nothing keeps the session from it, in one line."""

    def begin(self, words: Sequence[str], of: Tree, options: Options) -> int:
        """Run `solo5 WORDS` there, on the sources of a checkout; return its exit status.

        Raises ToolMissingError if there is no such environment, and
        MachineError if it breaks.
        """

    def results(self, of: Tree) -> Path:
        """Return the build folder that has come back from its last session; it may not exist."""

    def findings(self, of: Tree) -> Iterable[Finding]:
        """Return what the doctor says of it; it starts nothing that could hang."""

    def sweep(self) -> None:
        """Remove what killed sessions of this user left in it. Never fails: what cannot go yet stays."""


@dataclass(frozen=True)
class Choice:
    """An environment that was decided on."""

    environment: str
    """The name of its kind."""
    reason: str
    """One line."""
    here: bool
    """Whether that is where this process works already."""

    def place_text(self, place: str, reason: str) -> str:
        """Return where jobs run in a session there, and why, as people are told: an environment plans for itself."""
        return f"{place}: {reason}" if self.here else f"decided in the {self.environment}"


def names() -> tuple[str, ...]:
    """Return the names of all kinds: the modules of this folder."""
    return registry.names(__name__)


def kind(name: str) -> Kind:
    """Return the kind of that name. Raises UsageError, with the known ones."""
    return cast("Kind", registry.part(__name__, name, "environment", "KIND"))


def kinds() -> list[Kind]:
    """Return all kinds, the cheapest first."""
    return sorted(map(kind, names()), key=lambda each: each.cost)


def current() -> str:
    """Return the name of the environment that this process works in."""
    return os.environ.get(INSIDE_VARIABLE) or _here().name


def choose(needed: Sequence[Need], wanted: str | None = None) -> Choice:
    """Return where a session with these needs works, and why.

    `wanted` decides, if given; an unknown name is a UsageError, and so is any
    other environment for a session that was begun in one. Where no kind will
    do, it is the one where this process works: what it lacks is said there.
    """
    here = _here()
    asked = None if wanted is None else kind(wanted)
    if current() != here.name:
        if asked is not None and not asked.here:
            message = f"--env {wanted}: this session is in an environment of its own already: {current()}"
            raise UsageError(message)
        return Choice(current(), "this session was begun there, and it has all", here=True)
    if asked is not None:
        return Choice(asked.name, "it was asked for", asked.here)
    obstacles: dict[str, str] = {}
    for each in kinds():
        obstacle = each.obstacle(needed)
        if obstacle is None:
            before = "; ".join(f"{name}: {text}" for name, text in obstacles.items())
            return Choice(each.name, f"not on the {before}" if before else each.reason(needed), each.here)
        obstacles[each.name] = obstacle
    others = "; ".join(text for name, text in obstacles.items() if name != here.name)
    return Choice(here.name, f"{obstacles[here.name]}, but: {others}", here=True)


def sweep() -> None:
    """Remove what killed sessions of this user left in environments of every kind."""
    for each in kinds():
        each.sweep()


def _here() -> Kind:
    return next(each for each in kinds() if each.here)
