# SPDX-License-Identifier: ISC
"""Keeps the places of one test worker: one an architecture, opened when needed.

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
from solo5.facts import Arch, Tree
from solo5.matrix import cases, plan
from solo5.matrix.events import Teller
from solo5.matrix.repeat import Asked

Open = Callable[..., Place]

#: A machine that fails to start may do so by accident, but not for ever.
_TRIES: Final = 2


def _open_place(arch: Arch, agent: Path, files: Mapping[str, Path | bytes], *, wanted: str | None) -> Place:
    # Not before it is needed: with it comes all that places need.
    from solo5.run.place import open_place  # noqa: PLC0415

    return open_place(arch, agent, files, wanted=wanted)


class Places:
    """The open places of this process."""

    def __init__(self, of: Tree, items: Iterable[cases.Item], asked: Asked, teller: Teller) -> None:
        """`items`: all that may run here; `asked`: how they were built, and where to run them."""
        self._tree = of
        self._teller = teller
        self._asked = asked
        self._items = tuple(items)
        self._open: dict[str, Place] = {}
        self._failures: dict[str, list[Solo5Error]] = {}
        self.opener: Open = _open_place

    def run(self, arch: Arch, job: Job) -> tuple[Outcome, str]:
        """Run a job; return its outcome and the name of the place. What happens is told.

        Raises MachineError if the place broke; it is then opened anew for the
        next job.
        """
        place = self._get(arch)
        try:
            return place.run(job, self._teller.said), place.name
        except BaseException:
            # Whatever it was: nobody knows what state the place is in now.
            self._drop(arch)
            raise

    def close(self) -> None:
        """End all of them; safe to call twice."""
        for name in list(self._open):
            self._drop(self._tree.arch(name))

    def _drop(self, arch: Arch) -> None:
        place = self._open.pop(arch.name, None)
        if place is not None:
            with contextlib.suppress(Solo5Error):
                place.close()

    def _get(self, arch: Arch) -> Place:
        if arch.name not in self._open:
            self._open[arch.name] = self._start(arch)
        return self._open[arch.name]

    def _start(self, arch: Arch) -> Place:
        failures = self._failures.setdefault(arch.name, [])
        if failures and (len(failures) >= _TRIES or not _may_pass(failures[-1])):
            raise failures[-1]
        built = Built.at(self._tree, arch, self._asked.toolchain)
        files = self._files(arch, built)
        self._teller.tell("place", text=f"opening a place of {arch.name}")
        try:
            place = self.opener(arch, built.agent, files, wanted=self._asked.place)
        except Solo5Error as error:
            failures.append(error)
            raise
        failures.clear()
        return place

    def _files(self, arch: Arch, built: Built) -> Mapping[str, Path | bytes]:
        """Return the files of a place, all of them there."""
        items = [item for item in self._items if item.cell.arch == arch.name]
        compiled = {item.case.guest for item in items if not self._is_fixture(item)}
        targets = plan.targets_of(items, self._tree)[arch.name]
        files = plan.place_files(built, targets, compiled)
        for path in (built.agent, *files.values()):
            if isinstance(path, Path) and not path.exists():
                message = f"{path}: not built; to build it: solo5 build {arch.name}"
                raise BuildError(message)
        return files

    def _is_fixture(self, item: cases.Item) -> bool:
        return (cases.guests_dir(self._tree) / item.case.guest / f"{item.case.guest}.py").exists()


def _may_pass(error: Solo5Error) -> bool:
    """Tell whether a second try can end better than the first."""
    return isinstance(error, MachineError | DeadlineError)
