# SPDX-License-Identifier: ISC
"""What passed before: an item whose inputs have not changed need not run again.

An item's key is the hash of all that its outcome depends on: the case, the
guest, the programs of its place, the kernel and machine that it runs on, and
this package with the facts that it reads. The ledger holds the keys of items
that passed; what failed, or was never seen, always runs.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from solo5 import debian, scratch
from solo5.build import Built
from solo5.facts import Arch, Tree
from solo5.matrix import cases
from solo5.matrix.programs import Programs
from solo5.matrix.report import Result
from solo5.matrix.verdict import Ending

#: The oldest go first; a full matrix has about a thousand.
_MOST: Final = 20000


@dataclass(frozen=True)
class Pass:
    """How an item passed."""

    name: str
    seconds: float
    place: str

    def plain(self) -> dict[str, str | float]:
        """Return it as JSON can hold it."""
        return asdict(self)


def read(path: Path) -> dict[str, Pass]:
    """Return passes by item's name, as Pass.plain wrote them."""
    return {name: Pass(**value) for name, value in json.loads(path.read_text()).items()}


def result(item: cases.Item, known: Pass, repeat: str) -> Result:
    """Return what a report says of an item that is not run again."""
    case, cell = item.case, str(item.cell)
    return Result(item.name, cell, case.guest, case.name, Ending.BEFORE, known.seconds, known.place, (), repeat)


class Keys:
    """Makes the keys of items; each file is read once."""

    def __init__(self, of: Tree, places: Mapping[str, str], toolchain: str | None = None) -> None:
        """`places`: by cell, where its items would run; `toolchain` has built them."""
        self._tree = of
        self._toolchain = toolchain
        self._places = places
        self._runner = _hash_of(_runner_files(of))
        self._machines: dict[tuple[str, str], str] = {}

    def key(self, item: cases.Item) -> str:
        """Return the key of an item, whose files are built."""
        arch = self._tree.arch(item.cell.arch)
        target = self._tree.target(item.cell.target)
        built = Built.at(self._tree, arch, self._toolchain)
        programs = Programs(built)
        guest = item.guest.program if item.guest.is_fixture else programs.guest(item.guest.name, target)
        parts = [self._runner, self._machine(arch, self._places[str(item.cell)]), item.name, repr(item.case)]
        parts += [_digest(path) for path in (guest, built.tender(target), built.agent, programs.peer)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _machine(self, arch: Arch, place: str) -> str:
        """Return what stands for the kernel and the machine of a place."""
        if (arch.name, place) not in self._machines:
            self._machines[arch.name, place] = f"{place} {_host() if place == 'host' else _vm(arch)}"
        return self._machines[arch.name, place]


def _host() -> str:
    return " ".join(os.uname())


def _vm(arch: Arch) -> str:
    program = shutil.which(arch.vm.program)
    return f"{debian.kernel(arch).sha256} {_digest(Path(program)) if program else ''}"


def _runner_files(of: Tree) -> Iterable[Path]:
    """Return what decides how an item is run: this package, and its data."""
    for folder, pattern in (("solo5", "*.py"), ("toolchains", "*.toml"), ("ci", "*.t*")):
        yield from sorted((of.root / folder).rglob(pattern))


def _hash_of(files: Iterable[Path]) -> str:
    made = hashlib.sha256()
    for path in files:
        made.update(f"{path.name} {_digest(path)}\n".encode())
    return made.hexdigest()


def forget_files() -> None:
    """Read all files again; for who changes them."""
    _digest.cache_clear()


@functools.cache
def _digest(path: Path) -> str:
    """Return a file's hash; nothing if it is not there, and then no item passes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


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
                self._passes[key] = Pass(each.name, each.seconds, each.place)
            elif each.ending is Ending.BEFORE and known is not None:
                self._passes[key] = known
        kept = list(self._passes.items())[-_MOST:]
        with scratch.replacing(self._path) as unfinished:
            unfinished.write_text(json.dumps({key: value.plain() for key, value in kept}))
