# SPDX-License-Identifier: ISC
"""What is to happen: the tables beside the guests, as values.

A folder tests/guests/<name>/ with a cases.toml is a guest; its program is
<name>.c, or bytes that <name>.py makes. Each table [[case]] there is a case,
or several; a case in a cell is an Item, which is what gets run and counted.
Every key and its meaning stands at the fields of Case (solo5.matrix.case). What cases share is
said once:

    [default]                         # for every case of the file
    net = [{name = "service"}]
    args = ["$name"]

    [[case]]                          # one case
    name = "plain"
    about = "It works."
    expect = {status = 0}
    on.hvt.expect.stderr_lines = 0    # what differs on a target

    [[case]]                          # two cases, one a row
    mem_mb = "$mem"
    expect = {status = 1, stdout = ""}
    columns = ["name", "$mem", "expect.stderr_has", "about"]
    rows = [
        ["little", 1, ["1048576"], "$mem MiB are too few."],
        ["none", 0, ["mem"], "No memory at all is refused."],
    ]

A case is what [default] says, then its [[case]], then its row, then, in the
cells of that target, on.<target>. What comes later replaces what came before:
lists and values as a whole, tables key by key, and an end of the guest
(status, signal, end) any other end.

What differs on an architecture, a file of its own says, which comes last
(solo5.matrix.overrides): no table here names one.

A column is a key, with a dot a key of a table, or a word of one's own, which
begins with $. In every text, $word stands for the row's value, which stays a
number if it is the whole text; $name stands for the case's name, and $$ for a
dollar. Words in braces, as {kernel}, stay: solo5.matrix.jobs fills them in.

How a file is laid out to one table a case, solo5.matrix.rows says; what a
case cannot say, solo5.matrix.mistakes; how an item becomes a job,
solo5.matrix.jobs; how its outcome is judged, solo5.matrix.verdict.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Self

from solo5 import typed
from solo5.errors import UsageError
from solo5.facts import Cell, Tree
from solo5.matrix import mistakes, overrides, rows
from solo5.matrix.case import Case
from solo5.typed import Table

#: The name of a table beside a guest.
TABLE = "cases.toml"

#: Keys that name a case and place it: the same in every cell.
_FIXED: Final = frozenset({"name", "about", "tier", "targets", "on"})


@dataclass(frozen=True)
class _Overrides:
    """The key `on` of a case: by name of a target."""

    on: Mapping[str, Table]


@dataclass(frozen=True)
class Guest:
    """A folder of test guest, and its table."""

    name: str
    folder: Path
    program: Path
    """Its source: C, or Python that makes the bytes."""
    cases: tuple[Case, ...]

    @property
    def is_fixture(self) -> bool:
        """Tell whether it is made of bytes instead of compiled."""
        return _makes_bytes(self.program)


@dataclass(frozen=True)
class Item:
    """A case in a cell: what is run and counted."""

    case: Case
    """As it is in this cell."""
    cell: Cell
    guest: Guest

    @functools.cached_property
    def name(self) -> str:
        """The name in every report, as in blk[512]-spt-ARCH."""
        return f"{self.case.title}-{self.cell}"

    @property
    def names(self) -> tuple[str, str]:
        """All that it is called: in every cell alike, and in its own."""
        return self.case.title, self.name


def _makes_bytes(program: Path) -> bool:
    return program.suffix == ".py"


def guests_dir(of: Tree) -> Path:
    """Return the folder of the guests."""
    return of.checkout.guests


@dataclass(frozen=True)
class _Known:
    """What is read once for all tables."""

    targets: tuple[str, ...]
    differing: Mapping[str, Mapping[str, Table]]
    """What each architecture says of cases, by their titles."""

    @classmethod
    def of(cls, of: Tree) -> Self:
        return cls(of.target_names, {arch: overrides.load(of, arch) for arch in of.arch_names})


def load_guest(table: Path, of: Tree) -> Guest:
    """Read one cases.toml. Raises UsageError, one line that names the place."""
    return _load_guest(table, of, _Known.of(of))


def _load_guest(table: Path, of: Tree, known: _Known) -> Guest:
    folder = table.parent
    where = str(table.relative_to(of.root)) if table.is_relative_to(of.root) else str(table)
    sources = [folder / f"{folder.name}{suffix}" for suffix in (".c", ".py")]
    programs = [path for path in sources if path.exists()]
    if len(programs) != 1:
        _refuse(where, f"needs one program beside it, {folder.name}.c or {folder.name}.py")
    file = typed.read(rows.File, table, where)
    _check_default(file.default, where)
    cases = tuple(_case(programs[0], values, place, known, of) for place, values in rows.laid_out(file, where))
    titles = [case.title for case in cases]
    twice = next((title for title in titles if titles.count(title) > 1), None)
    if twice is not None:
        _refuse(where, f"{twice}: two cases have this name")
    return Guest(folder.name, folder, programs[0], cases)


def load_guests(of: Tree) -> tuple[Guest, ...]:
    """Read every table, in the order of the guests' names."""
    known = _Known.of(of)
    guests = tuple(_load_guest(table, of, known) for table in sorted(guests_dir(of).glob(f"*/{TABLE}")))
    overrides.check(of, (case.title for guest in guests for case in guest.cases))
    return guests


def items_of(guest: Guest, cells: Sequence[Cell], *, full: bool) -> Iterator[Item]:
    """Yield a guest's cases in those cells; with `full`, the soak too."""
    for cell in cells:
        for case in guest.cases:
            if case.targets is not None and cell.target not in case.targets:
                continue
            if full or case.tier == "default":
                yield Item(case.on.get(cell, case), cell, guest)


def all_items(of: Tree, cells: Sequence[Cell], *, full: bool) -> tuple[Item, ...]:
    """Return every item of the tree in those cells, cell by cell."""
    guests = load_guests(of)
    return tuple(item for cell in cells for guest in guests for item in items_of(guest, [cell], full=full))


def _check_default(default: Table, where: str) -> None:
    """Refuse a key that no case has where it stands, not at the first case."""
    known = sorted({each.name for each in dataclasses.fields(Case)} - {"guest"})
    for key in default:
        if key not in known:
            _refuse(where, f"default.{key}: unknown key; known: {', '.join(known)}")


def _case(program: Path, table: Table, where: str, known: _Known, of: Tree) -> Case:
    """Make a Case of its table, with what differs in some cells."""
    values = {key: value for key, value in table.items() if key != "on"}
    by_target = typed.load(_Overrides, {"on": table.get("on", {})}, where).on
    for target in by_target:
        if target not in known.targets:
            _refuse(where, f"on.{target}: no target; known: {', '.join(known.targets)}")
    case = _checked(program, values, where, of)
    on: dict[Cell, Case] = {}
    for target, arch in itertools.product(known.targets, known.differing):
        there: Table = values
        if target in by_target:
            place = f"{where}: on.{target}"
            there = rows.merged(there, _movable(by_target[target], place))
            on[Cell(target, arch)] = _checked(program, there, place, of)
        if case.title in known.differing[arch]:
            place = overrides.where(of, arch, case.title)
            there = rows.merged(there, _movable(known.differing[arch][case.title], place))
            on[Cell(target, arch)] = _checked(program, there, place, of)
    return dataclasses.replace(case, on=on)


def _movable(override: Table, where: str) -> Table:
    """Return what differs in a cell, refusing what cannot."""
    for key in override:
        if key in _FIXED:
            _refuse(where, f"{key}: is the same in every cell")
    return override


def _checked(program: Path, values: Table, where: str, of: Tree) -> Case:
    """Make a Case of plain values, and check what the types cannot say."""
    case = typed.load(Case, values, where, guest=program.stem, on={})
    problem = next(mistakes.of_case(case, of, is_fixture=_makes_bytes(program)), None)
    if problem is not None:
        _refuse(where, problem)
    return case


def _refuse(where: str, problem: str) -> NoReturn:
    message = f"{where}: {problem}"
    raise UsageError(message)
