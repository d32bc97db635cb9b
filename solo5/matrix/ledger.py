# SPDX-License-Identifier: ISC
"""What passed before: an item whose inputs have not changed need not run again.

An item's key is the hash of all that its outcome depends on: what the plan
says of it (job, expectation, and the content of every file), its place with
kernel and machine, and this package with the facts that it reads. The ledger
holds the keys of items that passed; what failed, or was never seen, always runs.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from solo5 import digest, places, scratch, typed
from solo5.facts import Tree
from solo5.matrix.plan import Pass, Plan, PlannedCell, PlannedItem
from solo5.matrix.report import Result
from solo5.matrix.verdict import Ending

#: The oldest go first; a full matrix has about a thousand.
_MOST: Final = 20000


def keys(plan: Plan, of: Tree) -> dict[str, str]:
    """Return the key of each item of a plan whose programs are built, by its name."""
    runner = digest.of_texts(f"{path.name} {digest.of_file(path)}" for path in _runner_files(of))
    cells = {each.cell: digest.of_texts((runner, *_cell_texts(each, plan, of))) for each in plan.cells}
    return {item.name: digest.of_texts((cells[item.cell], _item_text(item))) for item in plan.items}


def _cell_texts(cell: PlannedCell, plan: Plan, of: Tree) -> Iterable[str]:
    place = places.kind(cell.place).fingerprint(cell.arch_in(of))
    return (cell.cell, cell.launcher, cell.runs, cell.place, place, cell.agent, plan.compiler, str(plan.snapshots))


def _item_text(item: PlannedItem) -> str:
    return json.dumps(typed.plain(dataclasses.replace(item, repeat="", passed=None)), sort_keys=True)


def _runner_files(of: Tree) -> Iterable[Path]:
    """Return what decides how an item is run: this package, and its data."""
    for folder, pattern in (("solo5", "*.py"), ("toolchains", "*.toml"), ("ci", "*.t*")):
        yield from sorted((of.checkout.root / folder).rglob(pattern))


class Ledger:
    """The passes that a tree's build folder remembers, by key."""

    def __init__(self, of: Tree) -> None:
        self._path = of.build_root / "passed.json"
        try:
            values = json.loads(self._path.read_text())
            self._passes = {str(key): Pass(**value) for key, value in values.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            # It is worth no complaint: all is run, and a new one written.
            self._passes = {}

    def find(self, keys: Mapping[str, str]) -> dict[str, Pass]:
        """Return those of the items that passed before; `keys`: by item's name."""
        return {name: self._passes[key] for name, key in keys.items() if key in self._passes}

    def record(self, results: Iterable[Result], keys: Mapping[str, str]) -> None:
        """Remember what has passed, and forget what has not."""
        for each in results:
            key = keys.get(each.name)
            if key is None:
                continue
            known = self._passes.pop(key, None)
            if each.ending is Ending.PASSED:
                self._passes[key] = Pass(each.seconds, each.place)
            elif each.ending is Ending.BEFORE and known is not None:
                self._passes[key] = known
        kept = list(self._passes.items())[-_MOST:]
        with scratch.replacing(self._path) as unfinished:
            unfinished.write_text(json.dumps({key: typed.plain(value) for key, value in kept}))
