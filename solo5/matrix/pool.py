# SPDX-License-Identifier: ISC
"""Keeps the places of one test worker: one of a kind and architecture, opened when needed.

A place that broke is opened anew for the next job, so a crash costs one job.
One that does not open is given up after a second try, and what it said is
then the answer to every further job. Where jobs run, the plan says.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from solo5 import interrupt, places
from solo5.agent.job import Outcome, Place
from solo5.errors import BuildError, DeadlineError, MachineError, Solo5Error
from solo5.facts import Tree
from solo5.matrix import store
from solo5.matrix.events import Teller
from solo5.matrix.plan import Plan, PlannedCell, PlannedItem

#: A machine that fails to start may do so by accident, but not for ever.
_TRIES: Final = 2

#: A place: whose programs run in it, its kind, and whether the host's do.
_Key = tuple[str, str, bool]


class Pool:
    """The open places of this process."""

    def __init__(self, of: Tree, plan: Plan, items: Iterable[PlannedItem], content: Path, teller: Teller) -> None:
        """`items`: all that may run here; `content`: the plan's store."""
        self._tree = of
        self._plan = plan
        self._items = tuple(items)
        self._content = content
        self._teller = teller
        self._open: dict[_Key, Place] = {}
        self._lacking: dict[_Key, Mapping[str, BuildError]] = {}
        self._failures: dict[_Key, list[Solo5Error]] = {}

    def run(self, item: PlannedItem) -> Outcome:
        """Run an item's job; return how it ended. What happens is told.

        Raises MachineError if the place broke; it is then opened anew for the
        next job. Raises BuildError if a file of the job's own is not what the
        plan speaks of.
        """
        # pytest takes signals anywhere.
        with interrupt.careful():
            return self._run(item)

    def _run(self, item: PlannedItem) -> Outcome:
        cell = self._plan.cell_of(item)
        key = _key(cell)
        if key not in self._open:
            self._open[key] = self._start(cell)
        for path in item.programs:
            if path in self._lacking[key]:
                raise self._lacking[key][path]
        files = {
            path: store.read(self._content, sha256, f"{item.name}: {path}") for path, sha256 in item.contents.items()
        }
        try:
            return self._open[key].run(dataclasses.replace(item.job, files=files), self._teller.said)
        except BaseException:
            # Whatever it was: nobody knows what state the place is in now.
            self._drop(key)
            raise

    def close(self) -> None:
        """End all of them; safe to call twice."""
        with interrupt.careful():
            for key in list(self._open):
                self._drop(key)

    def _drop(self, key: _Key) -> None:
        place = self._open.pop(key, None)
        if place is not None:
            with contextlib.suppress(Solo5Error):
                place.close()

    def _start(self, cell: PlannedCell) -> Place:
        failures = self._failures.setdefault(_key(cell), [])
        if failures and (len(failures) >= _TRIES or not _may_pass(failures[-1])):
            raise failures[-1]
        arch = cell.arch_in(self._tree)
        files, self._lacking[_key(cell)] = self._programs(cell)
        agent = self._built(cell, cell.agent, "the agent")
        self._teller.tell("place", text=f"opening a place of {arch.name}")
        try:
            options = places.Options(host_programs=cell.host_programs, snapshots=self._plan.snapshots)
            place = places.kind(cell.place).open(arch, agent, files, options)
        except Solo5Error as error:
            failures.append(error)
            raise
        failures.clear()
        return place

    def _programs(self, cell: PlannedCell) -> tuple[Mapping[str, Path], Mapping[str, BuildError]]:
        """Return what the place of a cell must hold, for all items that may run in it, and what it cannot."""
        hashes: dict[str, str] = {}
        for item in self._items:
            if _key(self._plan.cell_of(item)) == _key(cell):
                hashes |= item.programs
        found: dict[str, Path] = {}
        lacking: dict[str, BuildError] = {}
        for path, sha256 in sorted(hashes.items()):
            try:
                found[path] = self._built(cell, sha256, path)
            except BuildError as error:
                lacking[path] = error
        return found, lacking

    def _built(self, cell: PlannedCell, sha256: str, what: str) -> Path:
        try:
            return store.path(self._content, sha256, what)
        except BuildError as cause:
            message = f"{cause}; to build it: solo5 build {cell.arch}"
            raise BuildError(message) from cause


def _key(cell: PlannedCell) -> _Key:
    return cell.runs, cell.place, cell.host_programs


def _may_pass(error: Solo5Error) -> bool:
    """Tell whether a second try can end better than the first."""
    return isinstance(error, MachineError | DeadlineError)
