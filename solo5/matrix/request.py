# SPDX-License-Identifier: ISC
"""What a user asks of the matrix: which items, built with what, run where.

The same options serve `solo5 matrix` and pytest, so they stand here once.
How names are chosen, solo5.selecting says; what becomes of a request, solo5.matrix.plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from solo5 import places, selecting
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Tree
from solo5.matrix import cases
from solo5.matrix.repeat import Asked

#: The options that name cells and cases: chosen cells, chosen cases, and what is left out.
NAMING: Final = ("--cell", "--case", "--skip")


@dataclass(frozen=True)
class Request:
    """What was asked for. Names are patterns of solo5.selecting."""

    cells: tuple[str, ...] = ()
    """None: all that exist."""
    cases: tuple[str, ...] = ()
    """As in blk[512] or blk[512]-spt-ARCH; none: all."""
    skips: tuple[str, ...] = ()
    """Cases, or all of a cell, that are left out."""
    full: bool = False
    """Whether the soak is meant, too."""
    failed: Literal["only", "first"] | None = None
    """Whether what failed last is meant alone, or before the rest."""
    asked: Asked = field(default_factory=Asked)
    snapshots: bool = field(default_factory=places.snapshots_wanted)
    """Whether machines may start from saved ones."""

    @property
    def is_whole(self) -> bool:
        """Tell whether every case of every cell is meant; soaks are beyond that."""
        return not (self.cells or self.cases or self.skips or self.failed == "only")

    def words(self) -> list[str]:
        """Return the options that ask for the same, but for names in files."""
        flags = {"--full": self.full, "--lf": self.failed == "only", "--ff": self.failed == "first"}
        return [*self.naming_words(), *(flag for flag, given in flags.items() if given), *self.asked.words()]

    def naming_words(self) -> list[str]:
        """Return the options that name the same, without any file."""
        named = zip(NAMING, (self.cells, self.cases, self.skips), strict=True)
        return [word for flag, names in named for name in names for word in (flag, name)]


@dataclass(frozen=True)
class Selection:
    """What a request's names mean."""

    cells: tuple[Cell, ...]
    archs: tuple[Arch, ...]
    items: tuple[cases.Item, ...]
    first: tuple[str, ...] = ()
    """Names of items that run before the others."""


def options() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield flag and arguments of each option, for argparse and for pytest."""
    names: dict[str, Any] = {"action": "append", "default": [], "metavar": "NAME"}
    where = "* and ? are any characters and one; @FILE: names in a file, one a line"
    yield "--cell", {**names, "help": f"only this one, as in spt-ARCH; {where} (repeatable)"}
    yield "--case", {**names, "help": "only this case, as in blk[512] or blk[512]-spt-ARCH; the same"}
    yield "--skip", {**names, "help": "all but this case or cell; the same"}
    yield "--full", {"action": "store_true", "help": "the soak too, which takes minutes"}
    kernel = "in machines with this kernel: [kernels] in toolchains/arch/"
    yield "--kernel", {"action": "append", "default": [], "metavar": "NAME", "help": kernel}
    yield "--place", {"choices": places.names(), "help": "run there instead of in the best place"}


def one_kernel(names: Sequence[str]) -> str | None:
    """Return the one kernel that was asked for; None: none. Raises UsageError: several."""
    if len(set(names)) > 1:
        message = f"--kernel: one at a time, not {' and '.join(names)}; `./noxw -s kernels` runs cells on each"
        raise UsageError(message)
    return names[0] if names else None


def _cells(request: Request, of: Tree) -> tuple[Cell, ...]:
    if not of.cells():
        message = f"{of.checkout.root}: has no cell; a cell is a folder bindings/arch/<arch>/<target>"
        raise UsageError(message)
    if request.cells:
        return selecting.chosen("cell", request.cells, of.cells(), lambda cell: (str(cell),))
    return _on_kernel(of.cells(), request.asked.kernel, of)


def _on_kernel(cells: tuple[Cell, ...], kernel: str | None, of: Tree) -> tuple[Cell, ...]:
    """Return those whose architecture has that kernel; None: every one has the stock kernel."""
    if kernel is None:
        return cells
    known = {name for cell in cells for name in of.arch(cell.arch).kernels}
    if kernel not in known:
        message = f"kernel {kernel!r}: not known; known: {', '.join(sorted(known)) or 'none but the stock ones'}"
        raise UsageError(message)
    return tuple(cell for cell in cells if kernel in of.arch(cell.arch).kernels)


def _archs(cells: Sequence[Cell], of: Tree) -> tuple[Arch, ...]:
    return tuple(of.arch(name) for name in dict.fromkeys(cell.arch for cell in cells))


def select(request: Request, of: Tree) -> Selection:
    """Return what the names mean, of each cell only if there is a case left in it.

    Raises UsageError: a name that is not known, nothing left, a bad table.
    """
    cells = _cells(request, of)
    items = _items(request, cells, of)
    if not request.cases and not request.skips:
        return Selection(cells, _archs(cells, of), items)
    return _of_items(items, of)


def _of_items(items: Sequence[cases.Item], of: Tree) -> Selection:
    cells = tuple(dict.fromkeys(item.cell for item in items))
    return Selection(cells, _archs(cells, of), tuple(items))


def _items(request: Request, cells: Sequence[Cell], of: Tree) -> tuple[cases.Item, ...]:
    if not request.cases and not request.skips:
        return cases.all_items(of, cells, full=request.full)
    # A name is known if any cell has it, whatever is chosen now.
    every = cases.all_items(of, of.cells(), full=True)
    wanted = selecting.chosen("case", request.cases, every, _names) if request.cases else every
    skipped = set(map(_name, selecting.chosen("case", request.skips, every, _names_and_cell)))
    there = [item for item in wanted if item.cell in cells]
    for pattern in request.cases:
        if not any(selecting.matches(pattern, item.names) for item in there):
            message = f"case {pattern!r}: is not in {', '.join(map(str, cells))}"
            raise UsageError(message)
    # Who names a case means it, the soak too.
    named = {name for name in request.cases if selecting.is_name(name)}
    items = [item for item in there if request.full or item.case.tier == "default" or named & {*item.names}]
    left = tuple(item for item in items if item.name not in skipped)
    if not left:
        why = "--skip leaves nothing of what is chosen" if items else "what is chosen is soak: --full takes it, too"
        raise UsageError(why)
    return left


def _name(item: cases.Item) -> str:
    return item.name


def _names(item: cases.Item) -> Sequence[str]:
    return item.names


def _names_and_cell(item: cases.Item) -> Sequence[str]:
    return (*item.names, str(item.cell))


def failed_last(selection: Selection, request: Request, failed: Collection[str], of: Tree) -> Selection:
    """Return the selection as `request.failed` wants it; `failed` are the names of what failed last.

    If none of that is chosen, the selection as it is, as pytest has it.
    """
    those = tuple(item for item in selection.items if item.name in failed)
    if request.failed == "only" and those:
        return _of_items(those, of)
    rest = (item for item in selection.items if item.name not in failed)
    return replace(selection, items=(*those, *rest), first=tuple(map(_name, those)))
