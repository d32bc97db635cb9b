# SPDX-License-Identifier: ISC
"""The facts that there are: the folders are the lists."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from solo5 import typed
from solo5.errors import UsageError
from solo5.facts import data
from solo5.facts.arch import Arch
from solo5.facts.cell import Cell, CellFacts
from solo5.facts.compiler import Compiler
from solo5.facts.data import DataRoot
from solo5.facts.target import Target

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Tree", "tree"]

Kind = TypeVar("Kind", Arch, Compiler)
#: What a launcher wants to know of a target: a dataclass.
Facts = TypeVar("Facts", bound="DataclassInstance")


@dataclass(frozen=True)
class Tree(DataRoot):
    """A data root, and what it knows. An unknown name is an error that prints the known ones."""

    def file(self, kind: str, name: str) -> Path:
        """Return where facts of a kind (a folder's name) and name are, or would be."""
        return self.root / "toolchains" / kind / f"{name}.toml"

    def _names(self, kind: str) -> tuple[str, ...]:
        folder = self.root / "toolchains" / kind
        entries = folder.iterdir() if folder.is_dir() else ()
        return tuple(sorted(path.stem for path in entries if path.suffix == ".toml"))

    def _check(self, kind: str, name: str) -> None:
        """Raise UsageError if there are no facts of that name."""
        if name not in self._names(kind):
            message = f"{kind} {name!r}: not known; known: {', '.join(self._names(kind))}"
            raise UsageError(message)

    def _fact(self, kind: str, cls: type[Kind], name: str) -> Kind:
        self._check(kind, name)
        file = self.file(kind, name)
        state = file.stat()
        # mypy takes the class' instances for what has to be hashable.
        key: Any = cls
        return cast("Kind", _fact_of(key, file, name, (state.st_mtime_ns, state.st_size, state.st_ino)))

    @property
    def arch_names(self) -> tuple[str, ...]:
        """Names of the architectures."""
        return self._names("arch")

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets, with those that have no cell yet."""
        return self._names("target")

    @property
    def compiler_names(self) -> tuple[str, ...]:
        """Names of the compilers."""
        return self._names("compiler")

    @property
    def default_compiler(self) -> str:
        """Name of the compiler that builds where none is named."""
        names = [name for name in self.compiler_names if self.compiler(name).default]
        if len(names) != 1:
            which = f"{', '.join(names)} do" if names else "none does"
            message = f"{self.root / 'toolchains' / 'compiler'}: one file has to say `default = true`; {which}"
            raise UsageError(message)
        return names[0]

    def arch(self, name: str) -> Arch:
        """Return the facts of one architecture."""
        return self._fact("arch", Arch, name)

    def target(self, name: str) -> Target:
        """Return the facts of one target."""
        table, kind = self._target_table(name)
        own = {key: value for key, value in table.items() if key != kind}
        return typed.load(Target, own, str(self.file("target", name)), name=name, launcher=kind)

    def launcher_facts(self, target: Target, cls: type[Facts]) -> Facts:
        """Return what a target's file says to its kind of launcher."""
        table, kind = self._target_table(target.name)
        return typed.load(cls, table.get(kind or ""), f"{self.file('target', target.name)}: {kind}")

    def _target_table(self, name: str) -> tuple[typed.Table, str | None]:
        """Return what a target's file holds, and which key of it is a launcher's."""
        self._check("target", name)
        file = self.file("target", name)
        table = typed.parse(file)
        kinds = [key for key, value in table.items() if isinstance(value, dict)]
        if len(kinds) > 1:
            message = f"{file}: expected one table, of a launcher; found {', '.join(kinds)}"
            raise UsageError(message)
        return table, kinds[0] if kinds else None

    def compiler(self, name: str | None = None) -> Compiler:
        """Return the facts of one compiler, the default one if none is named."""
        return self._fact("compiler", Compiler, name or self.default_compiler)

    def archs(self) -> tuple[Arch, ...]:
        """Return all architectures."""
        return tuple(self.arch(name) for name in self.arch_names)

    def targets(self) -> tuple[Target, ...]:
        """Return all targets."""
        return tuple(self.target(name) for name in self.target_names)

    def has_cell(self, cell: Cell) -> bool:
        """Tell whether there is this cell: its sources, or, where there are none, its facts."""
        if self.is_checkout:
            return (self.root / "bindings" / "arch" / cell.arch / cell.target).is_dir()
        return self.file("cell", str(cell)).is_file()

    def cells(self) -> tuple[Cell, ...]:
        """Return the cells that exist."""
        every = (Cell(target, arch) for target in self.target_names for arch in self.arch_names)
        return tuple(cell for cell in every if self.has_cell(cell))

    def cell(self, name: str) -> Cell:
        """Return the existing cell of that name, as in spt-ARCH."""
        for cell in self.cells():
            if str(cell) == name:
                return cell
        known = ", ".join(str(cell) for cell in self.cells())
        message = f"cell {name!r}: not known; known: {known}"
        raise UsageError(message)

    def cell_facts(self, cell: Cell) -> CellFacts:
        """Return what is true of one cell only."""
        file = self.file("cell", str(cell))
        return typed.read(CellFacts, file) if file.exists() else CellFacts()

    def page_size(self, cell: Cell) -> int:
        """Return the alignment of a cell's guest segments, bytes."""
        least = self.arch(cell.arch).elf.page_size
        own = self.cell_facts(cell).page_size
        if own is None:
            return least
        if own < least or own & (own - 1):
            file = self.file("cell", str(cell))
            message = f"{file}: page_size: expected a power of 2 from {least:#x} on, found {own:#x}"
            raise UsageError(message)
        return own

    def build_dir(self, arch: str, compiler: str | None = None) -> Path:
        """Return where Meson builds for an architecture, with the default compiler if none is named."""
        is_default = compiler in {None, self.default_compiler}
        return self.build_root / (arch if is_default else f"{arch}-{compiler}")

    def host_arch(self) -> Arch | None:
        """Return this computer's architecture, if there are facts of it."""
        return next((arch for arch in self.archs() if arch.is_host), None)


@functools.cache
def _fact_of(cls: type[Any], file: Path, name: str, state: tuple[int, int, int]) -> object:
    """Read a file once, as long as it is in this state: a plan asks for the same facts a thousand times."""
    del state
    fact = typed.read(cls, file, name=name)
    if mistake := fact.mistake():
        message = f"{file}: {mistake}"
        raise UsageError(message)
    return fact


@functools.cache
def tree() -> Tree:
    """Return the facts that belong to this package."""
    found = data.find()
    return Tree(found.root, found.is_checkout)


def checkout_tree() -> Tree:
    """Return the same, for work that needs sources. Raises ToolMissingError if this package has none."""
    found = tree()
    return Tree(found.checkout.root)
