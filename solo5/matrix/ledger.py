# SPDX-License-Identifier: ISC
"""What passed before: an item whose inputs have not changed need not run again.

An item's key is the hash of all that its outcome depends on, its ingredients:
what the plan says of it (job, expectation, the content of every file), its
place (kernel, emulator, firmware), and what runs it: this package with the
facts that it reads, and Python. Files count by their content and their names,
never by where they lie, and nothing in a key names this host: equal keys on two
hosts mean the same work. `tests/unit/test_matrix_ledger_inputs.py` watches
what cases read.

The ledger holds the items that passed, by key. One that fails, however it was
run, loses every pass that is remembered of its name. That is written when the
failure is seen: a run that is interrupted later has said it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import digest, interrupt, kept, loaded, places, proc, typed
from solo5.facts import Tree
from solo5.matrix.plan import Pass, Plan, PlannedCell, PlannedItem
from solo5.matrix.report import Result
from solo5.matrix.verdict import Ending

#: So many passes are kept of a cell, the newest; it has some hundred items.
MOST: Final = 4000


@dataclass(frozen=True)
class Ingredient:
    """A thing that an item's outcome depends on."""

    name: str
    """Without the folder of anything on this host."""
    content: str
    """A text, or a file's SHA-256."""


def keys(plan: Plan, of: Tree) -> dict[str, str]:
    """Return the key of each item of a plan whose programs are built, by its name."""
    runner = _key(runner_ingredients(of))
    cells = {each.cell: _key(cell_ingredients(each, plan, of)) for each in plan.cells}
    return {item.name: digest.of_texts((runner, cells[item.cell], _key(item_ingredients(item)))) for item in plan.items}


def _key(ingredients: Iterable[Ingredient]) -> str:
    return digest.of_texts(text for each in ingredients for text in (each.name, each.content))


def runner_ingredients(of: Tree) -> Iterator[Ingredient]:
    """Yield what decides how any item is run: this package and its data, pytest's settings, Python."""
    root = of.checkout.root
    for folder, pattern in (("solo5", "*.py"), ("toolchains", "*.toml"), ("ci", "*.t*")):
        for path in sorted((root / folder).rglob(pattern)):
            yield _file(path, str(path.relative_to(root)))
    for path in (of.checkout.settings, *_conftests(of)):
        yield _file(path, str(path.relative_to(root)))
    yield from map(_file, sorted(loaded.files(proc.BINDER), key=_by_name))
    yield Ingredient("python", f"{sys.implementation.name} {sys.version}")
    yield Ingredient("packages", " ".join(_packages()))


def _conftests(of: Tree) -> Iterator[Path]:
    """Yield where pytest looks for modules of its own on its way to the guests' tables."""
    guests = of.checkout.guests
    folders = (guests, *(of.root / each for each in guests.relative_to(of.root).parents))
    yield from (folder / "conftest.py" for folder in folders)
    yield from sorted(guests.glob("*/conftest.py"))


def _packages() -> list[str]:
    """Return names and versions of the Python packages that can be imported, but for this one."""
    found = (path.name for each in sys.path if Path(each).is_dir() for path in Path(each).glob("*.dist-info"))
    return sorted({name for name in found if not name.startswith("solo5-")})


def cell_ingredients(cell: PlannedCell, plan: Plan, of: Tree) -> Iterator[Ingredient]:
    """Yield what all items of a cell depend on: what is decided for it, and its place."""
    yield Ingredient("cell", _text(dataclasses.replace(cell, reason="")))
    yield Ingredient("snapshots", str(plan.snapshots))
    found = list(places.kind(cell.place).inputs(cell.arch_in(of)))
    yield from (Ingredient("place", each) for each in found if isinstance(each, str))
    yield from map(_file, sorted((each for each in found if isinstance(each, Path)), key=_by_name))


def item_ingredients(item: PlannedItem) -> Iterator[Ingredient]:
    """Yield what an item alone depends on; the plan names content by its hash."""
    yield Ingredient("item", _text(dataclasses.replace(item, repeat="", key="", passed=None)))


def _text(value: object) -> str:
    return json.dumps(typed.plain(value), sort_keys=True)


def _file(path: Path, name: str | None = None) -> Ingredient:
    return Ingredient(name or path.name, digest.of_file(path) or "")


def _by_name(path: Path) -> tuple[str, str]:
    """Sort as every host does, wherever it keeps its files."""
    return path.name, digest.of_file(path) or ""


@dataclass(frozen=True)
class _Entry:
    """A remembered pass."""

    name: str
    how: Pass


class Ledger:
    """The passes that a tree's build folder remembers: a file for each cell.

    A file that is not whole is as none: all is run, and a new one written.
    """

    def __init__(self, of: Tree) -> None:
        self._folder = of.build_root / "passed"

    def find(self, items: Iterable[PlannedItem]) -> dict[str, Pass]:
        """Return those of some items, which have their keys, that passed before."""
        found: dict[str, Pass] = {}
        entries: dict[str, dict[str, _Entry]] = {}
        for item in items:
            if item.cell not in entries:
                entries[item.cell] = self._read(item.cell)
            entry = entries[item.cell].get(item.key)
            if entry is not None:
                found[item.name] = entry.how
        return found

    def forget(self, cell: str, name: str) -> None:
        """Remove every pass of an item, whatever its key was."""
        if any(each.name == name for each in self._read(cell).values()):
            with self._changing(cell) as entries:
                for key in [key for key, each in entries.items() if each.name == name]:
                    del entries[key]

    def record(self, items: Iterable[PlannedItem], results: Mapping[str, Result]) -> None:
        """Remember those of some items that have passed, by results' names; what has no key, nobody can look up."""
        passed: dict[str, list[PlannedItem]] = {}
        for item in items:
            if item.key and item.name in results and results[item.name].ending.is_pass:
                passed.setdefault(item.cell, []).append(item)
        for cell, those in passed.items():
            with self._changing(cell) as entries:
                for item in those:
                    known, result = entries.pop(item.key, None), results[item.name]
                    if result.ending is Ending.PASSED:
                        entries[item.key] = _Entry(item.name, Pass(result.seconds, result.place))
                    elif known is not None:  # else it has failed since, in another run
                        entries[item.key] = known

    def _path(self, cell: str) -> Path:
        return self._folder / f"{cell}.json"

    def _read(self, cell: str) -> dict[str, _Entry]:
        """Return the entries of a cell by key, the newest last."""
        try:
            values = kept.read_values(self._path(cell)) or ()
            return {key: _Entry(name, Pass(seconds, place)) for key, name, seconds, place in values}
        except (ValueError, TypeError):
            return {}

    @contextlib.contextmanager
    def _changing(self, cell: str) -> Iterator[dict[str, _Entry]]:
        """Yield the entries of a cell, to be changed: what other runs did meanwhile is in them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{cell}.lock").open("w") as lock:
            with interrupt.waiting():
                fcntl.flock(lock, fcntl.LOCK_EX)
            entries = self._read(cell)
            yield entries
            newest = list(entries.items())[-MOST:]
            values = [(key, each.name, each.how.seconds, each.how.place) for key, each in newest]
            kept.write_values(self._path(cell), values)
