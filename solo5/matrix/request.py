# SPDX-License-Identifier: ISC
"""What a user asks of the matrix: which items, built with what, run where.

The same options serve `solo5 matrix` and pytest, so they stand here once.
What becomes of a request, solo5.matrix.plan says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solo5 import places
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Tree
from solo5.matrix import cases, repeat
from solo5.matrix.repeat import Asked


@dataclass(frozen=True)
class Request:
    """What was asked for. Names are as the user wrote them."""

    cells: tuple[str, ...] = ()
    """None: all that exist."""
    cases: tuple[str, ...] = ()
    """As in blk[512] or blk[512]-spt-ARCH; none: all."""
    full: bool = False
    """Whether the soak is meant, too."""
    asked: Asked = field(default_factory=Asked)
    snapshots: bool = field(default_factory=places.snapshots_wanted)
    """Whether machines may start from saved ones."""


@dataclass(frozen=True)
class Selection:
    """What a request's names mean."""

    cells: tuple[Cell, ...]
    archs: tuple[Arch, ...]
    items: tuple[cases.Item, ...]


def options() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield flag and arguments of each option, for argparse and for pytest."""
    yield "--cell", {"action": "append", "default": [], "help": "only this one, as in spt-ARCH (repeatable)"}
    yield "--case", {"action": "append", "default": [], "help": "only this case, as in blk[512] (repeatable)"}
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


def select_archs(request: Request, of: Tree) -> tuple[Arch, ...]:
    """Return the architectures of the cells that are named; reads no table. Raises UsageError: an unknown cell."""
    return _archs(_cells(request, of), of)


def _cells(request: Request, of: Tree) -> tuple[Cell, ...]:
    cells = tuple(of.cell(name) for name in request.cells) or _on_kernel(of.cells(), request.asked.kernel, of)
    if not cells:
        message = f"{of.checkout.root}: has no cell; a cell is a folder bindings/arch/<arch>/<target>"
        raise UsageError(message)
    return cells


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


def select_item(item: cases.Item, of: Tree) -> Selection:
    """Return the selection that is this item alone."""
    return Selection((item.cell,), _archs([item.cell], of), (item,))


def select(request: Request, of: Tree) -> Selection:
    """Return what the names mean. Raises UsageError: an unknown name, a bad table."""
    cells = _cells(request, of)
    every = cases.all_items(of, cells, full=request.full or bool(request.cases))
    for name in request.cases:
        if not any(repeat.selects(name, item) for item in every):
            cases.find_item(of, name)
            message = f"case {name!r}: is not in {', '.join(map(str, cells))}"
            raise UsageError(message)
    items = tuple(
        item for item in every if not request.cases or any(repeat.selects(name, item) for name in request.cases)
    )
    return Selection(cells, _archs(cells, of), items)
