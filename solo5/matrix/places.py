# SPDX-License-Identifier: ISC
"""Keeps the places of one test worker: one of a kind and architecture, opened when needed.

A place that broke is opened anew for the next job, so a crash costs one job.
One that does not open is given up after a second try, and what it said is
then the answer to every further job. What a place is, solo5.run owns.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from solo5.agent.job import Job, Outcome, Place
from solo5.build import Built
from solo5.errors import BuildError, DeadlineError, MachineError, Solo5Error
from solo5.facts import Cell, Target, Tree
from solo5.matrix import cases, plan
from solo5.matrix.events import Teller
from solo5.matrix.repeat import Asked

Open = Callable[[str, Built, Mapping[str, Path | bytes]], Place]
Choose = Callable[[Built, Target, str | None], str]

#: A machine that fails to start may do so by accident, but not for ever.
_TRIES: Final = 2


def _choose(built: Built, target: Target, wanted: str | None) -> str:
    # Not before it is needed: with it comes all that places need.
    from solo5.run.place import choose  # noqa: PLC0415

    return choose(built, target, wanted)[0]


def _open_place(name: str, built: Built, files: Mapping[str, Path | bytes]) -> Place:
    from solo5.run.place import open_place  # noqa: PLC0415 - the same

    return open_place(name, built, files)


#: A place: the architecture's name, and the kind of place.
_Key = tuple[str, str]


class Places:
    """The open places of this process."""

    def __init__(self, of: Tree, items: Iterable[cases.Item], asked: Asked, teller: Teller) -> None:
        """`items`: all that may run here; `asked`: how they were built, and where to run them."""
        self._tree = of
        self._teller = teller
        self._asked = asked
        self._items = tuple(items)
        self._keys: dict[Cell, _Key] = {}
        self._open: dict[_Key, Place] = {}
        self._failures: dict[_Key, list[Solo5Error]] = {}
        self.opener: Open = _open_place
        self.chooser: Choose = _choose

    def run(self, cell: Cell, job: Job) -> tuple[Outcome, str]:
        """Run a job of a cell; return its outcome and the name of the place. What happens is told.

        Raises MachineError if the place broke; it is then opened anew for the
        next job.
        """
        key = self._key(cell)
        if key not in self._open:
            self._open[key] = self._start(key)
        place = self._open[key]
        try:
            return place.run(job, self._teller.said), place.name
        except BaseException:
            # Whatever it was: nobody knows what state the place is in now.
            self._drop(key)
            raise

    def close(self) -> None:
        """End all of them; safe to call twice."""
        for key in list(self._open):
            self._drop(key)

    def _drop(self, key: _Key) -> None:
        place = self._open.pop(key, None)
        if place is not None:
            with contextlib.suppress(Solo5Error):
                place.close()

    def _built(self, arch: str) -> Built:
        return Built.at(self._tree, self._tree.arch(arch), self._asked.toolchain)

    def _key(self, cell: Cell) -> _Key:
        if cell not in self._keys:
            target = self._tree.target(cell.target)
            self._keys[cell] = (cell.arch, self.chooser(self._built(cell.arch), target, self._asked.place))
        return self._keys[cell]

    def _start(self, key: _Key) -> Place:
        failures = self._failures.setdefault(key, [])
        if failures and (len(failures) >= _TRIES or not _may_pass(failures[-1])):
            raise failures[-1]
        arch, kind = key
        built = self._built(arch)
        files = self._files(key, built)
        self._teller.tell("place", text=f"opening a place of {arch}")
        try:
            place = self.opener(kind, built, files)
        except Solo5Error as error:
            failures.append(error)
            raise
        failures.clear()
        return place

    def _files(self, key: _Key, built: Built) -> Mapping[str, Path | bytes]:
        """Return the files of a place, all of them there."""
        items = [item for item in self._items if self._key(item.cell) == key]
        compiled = {item.case.guest for item in items if not item.guest.is_fixture}
        targets = plan.targets_of(items, self._tree)[built.arch.name]
        files = plan.place_files(built, targets, compiled)
        for path in (built.agent, *files.values()):
            if isinstance(path, Path) and not path.exists():
                message = f"{path}: not built; to build it: solo5 build {built.arch.name}"
                raise BuildError(message)
        return files


def _may_pass(error: Solo5Error) -> bool:
    """Tell whether a second try can end better than the first."""
    return isinstance(error, MachineError | DeadlineError)
