# SPDX-License-Identifier: ISC
"""What is to happen: the tables beside the guests, as values.

A folder tests/guests/<name>/ with a cases.toml is a guest; its program is
<name>.c, or bytes that <name>.py makes. Each table [[case]] there is one
Case; a case in a cell is an Item, which is what gets run and counted. Every
key and its meaning stands at the fields below. How an item becomes a job,
solo5.matrix.plan says; how its outcome is judged, solo5.matrix.verdict.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from solo5 import typed
from solo5.agent.job import Sink
from solo5.errors import UsageError
from solo5.facts import Cell, Tree

Fill = Literal["zero", "pattern", "text"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Block:
    """A disk image, and the block device that it becomes."""

    name: str
    size_bytes: int
    fill: Fill = "zero"
    """What is in it first; solo5.matrix.plan.image has the bytes."""
    sector_size: int | None = None
    """Value of --block-sector-size; none: the option is not given."""
    attach: bool = True
    """False: the image is made, and the tender not told of it."""


@dataclass(frozen=True)
class Net:
    """A tap, and the network device that it becomes."""

    name: str
    mtu: int = 1500
    mac: str | None = None
    """Value of --net-mac; none: the option is not given."""
    as_fd: bool = False
    """The tender gets an open descriptor instead of a name."""
    attach: bool = True
    """False: the tap is made, and the tender not told of it."""


@dataclass(frozen=True)
class Truncate:
    """Cut an image to zero bytes while the guest runs."""

    text: str
    """When the guest has written this."""
    block: str


@dataclass(frozen=True)
class Expect:
    """How a case ends. What is not said is not looked at.

    Of `status`, `signal` and `end`, exactly one. A case that expects status 1
    and one line on standard error is a refusal by the tender: that line then
    begins with the tender's name and a colon.
    """

    status: int | None = None
    signal: str | None = None
    syscall: str | None = None
    """With SIGSYS: name of the refused call, or its number."""
    end: Literal["fault", "trap"] | None = None
    """As the target's [ends] say: a status on some, a signal on others."""
    stdout: str | None = None
    """All of standard output."""
    stdout_has: tuple[str, ...] = ()
    stdout_size: int | None = None
    """Bytes."""
    stderr_has: tuple[str, ...] = ()
    stderr_lines: int | None = None
    block_size: Mapping[str, int] = field(default_factory=dict)
    """Size of images afterwards, bytes, by device."""
    peer_status: int = 0
    """Only where there is a peer."""


_ENDS = ("status", "signal", "end")


@dataclass(frozen=True)
class Override:
    """What differs on one architecture or target."""

    expect: Mapping[str, object] = field(default_factory=dict)
    """Keys of Expect."""


@dataclass(frozen=True)
class Case:
    """One table [[case]], and the guest that it stands beside."""

    guest: str
    about: str
    """The fact that it proves, one sentence."""
    expect: Expect
    name: str = ""
    """Empty only for a case that needs none."""
    tier: Literal["default", "full"] = "default"
    """full: soak, run only on request and outside every time budget."""
    targets: tuple[str, ...] | None = None
    """None: every target."""
    variant: str | None = None
    """Passed to the make() of a guest that is bytes."""
    kernel: str | None = None
    """Path given to the tender instead of the guest's."""
    mem_mb: int | None = None
    args: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Further options of the tender, before the kernel."""
    argv: tuple[str, ...] | None = None
    """Everything after the tender's name, instead of what devices imply."""
    stdout: Sink = "pipe"
    personality: int = 0
    deadline_s: float = 10.0
    folder_bytes: int | None = None
    truncate_on: Truncate | None = None
    peer: tuple[str, ...] = ()
    """Arguments of the network peer; none: there is no peer."""
    block: tuple[Block, ...] = ()
    net: tuple[Net, ...] = ()
    on: Mapping[str, Override] = field(default_factory=dict)
    """By name of an architecture or a target."""

    @property
    def title(self) -> str:
        """The name without its cell, as in blk[512] or hello."""
        return f"{self.guest}[{self.name}]" if self.name else self.guest

    def expect_in(self, cell: Cell) -> Expect:
        """Return how it ends in that cell."""
        expect = self.expect
        for name in (cell.target, cell.arch):
            if name in self.on:
                expect = _overridden(expect, self.on[name], f"{self.title}: on.{name}.expect")
        return expect


@dataclass(frozen=True)
class Item:
    """A case in a cell: what is run and counted."""

    case: Case
    cell: Cell

    @property
    def name(self) -> str:
        """The name in every report, as in blk[512]-spt-ARCH."""
        return f"{self.case.title}-{self.cell}"


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
        return self.program.suffix == ".py"


def guests_dir(of: Tree) -> Path:
    """Return the folder of the guests."""
    return of.checkout.guests


def load_guest(table: Path, of: Tree) -> Guest:
    """Read one cases.toml. Raises UsageError, one line that names the place."""
    folder = table.parent
    where = str(table.relative_to(of.root)) if table.is_relative_to(of.root) else str(table)
    sources = [folder / f"{folder.name}{suffix}" for suffix in (".c", ".py")]
    programs = [path for path in sources if path.exists()]
    if len(programs) != 1:
        message = f"{where}: needs one program beside it, {folder.name}.c or {folder.name}.py"
        raise UsageError(message)
    tables = typed.parse(table, where)
    if list(tables) != ["case"] or not isinstance(tables["case"], list):
        message = f"{where}: holds {', '.join(tables) or 'nothing'}; only tables [[case]] are known"
        raise UsageError(message)
    cases = tuple(_case(folder.name, values, at, where, of) for at, values in enumerate(tables["case"]))
    titles = [case.title for case in cases]
    twice = next((title for title in titles if titles.count(title) > 1), None)
    if twice is not None:
        message = f"{where}: {twice}: two cases have this name"
        raise UsageError(message)
    return Guest(folder.name, folder, programs[0], cases)


def load_guests(of: Tree) -> tuple[Guest, ...]:
    """Read every table, in the order of the guests' names."""
    return tuple(load_guest(table, of) for table in sorted(guests_dir(of).glob("*/cases.toml")))


def items_of(guest: Guest, cells: Sequence[Cell], *, full: bool) -> Iterator[Item]:
    """Yield a guest's cases in those cells; with `full`, the soak too."""
    for cell in cells:
        for case in guest.cases:
            if case.targets is not None and cell.target not in case.targets:
                continue
            if full or case.tier == "default":
                yield Item(case, cell)


def all_items(of: Tree, cells: Sequence[Cell], *, full: bool) -> tuple[Item, ...]:
    """Return every item of the tree in those cells, cell by cell."""
    guests = load_guests(of)
    return tuple(item for cell in cells for guest in guests for item in items_of(guest, [cell], full=full))


def find_item(of: Tree, name: str) -> Item:
    """Return the item of that name. Raises UsageError with what is near."""
    items = all_items(of, of.cells(), full=True)
    for item in items:
        if item.name == name:
            return item
    names = [item.name for item in items]
    near = difflib.get_close_matches(name, [*names, *(item.case.title for item in items)], n=5, cutoff=0.5)
    hint = ", ".join(dict.fromkeys(near)) or ", ".join(names[:3]) + ", ..."
    message = f"job {name!r}: not known; near it: {hint}"
    raise UsageError(message)


def _case(guest: str, values: object, at: int, where: str, of: Tree) -> Case:
    """Make a Case of its table, and check what the types cannot say."""
    label = values.get("name", "") if isinstance(values, dict) else ""
    where = f"{where}: case {label or at + 1}"
    case = typed.load(Case, values, where, guest=guest)
    problem = next(_problems(case, of, where), None)
    if problem is not None:
        message = f"{where}: {problem}"
        raise UsageError(message)
    return case


def _problems(case: Case, of: Tree, where: str) -> Iterator[str]:
    """Yield what is wrong with a case, in words."""
    if case.name and not _NAME.fullmatch(case.name):
        yield f"name: {case.name!r} may hold letters, digits, dot, dash and underscore"
    if not case.about.strip():
        yield "about: says nothing"
    for target in case.targets or ():
        if target not in of.target_names:
            yield f"targets: {target}: not known; known: {', '.join(of.target_names)}"
    if case.argv is not None and (case.args or case.options or case.mem_mb is not None or case.kernel):
        yield "argv: replaces args, options, mem_mb and kernel; say one or the other"
    images = [block.name for block in case.block]
    yield from _device_problems(case, images)
    yield from _expect_problems(case.expect, images)
    known = {*of.arch_names, *of.target_names}
    for name, override in case.on.items():
        if name not in known:
            yield f"on.{name}: neither an architecture nor a target; known: {', '.join(sorted(known))}"
        else:
            expect = _overridden(case.expect, override, f"{where}: on.{name}.expect")
            yield from _expect_problems(expect, images)


def _device_problems(case: Case, images: Sequence[str]) -> Iterator[str]:
    taps = [net.name for net in case.net]
    every = (*images, *taps)
    yield from (f"device {name}: named twice" for name in every if every.count(name) > 1)
    for block in case.block:
        if block.size_bytes < 0:
            yield f"block {block.name}: size_bytes: {block.size_bytes} is less than nothing"
    if case.truncate_on is not None and case.truncate_on.block not in images:
        yield f"truncate_on: block {case.truncate_on.block}: not one of this case"
    words = (*case.args, *case.options, *(case.argv or ()), *case.peer)
    for kind, name in re.findall(r"\{(tap|block):([^}]*)\}", "\n".join(words)):
        if name not in (taps if kind == "tap" else images):
            yield f"{{{kind}:{name}}}: no such device in this case"


def _expect_problems(expect: Expect, images: Sequence[str]) -> Iterator[str]:
    said = [name for name in _ENDS if getattr(expect, name) is not None]
    if len(said) != 1:
        yield f"expect: needs exactly one of {', '.join(_ENDS)}; has {', '.join(said) or 'none'}"
    if expect.syscall is not None and expect.signal != "SIGSYS":
        yield "expect: syscall: only with signal SIGSYS"
    for name in expect.block_size:
        if name not in images:
            yield f"expect: block_size.{name}: no such device in this case"


def _overridden(expect: Expect, override: Override, where: str) -> Expect:
    """Return `expect` with an override's keys; an end replaces an end."""
    values = {each.name: getattr(expect, each.name) for each in dataclasses.fields(Expect)}
    if set(_ENDS) & set(override.expect):
        values |= dict.fromkeys((*_ENDS, "syscall"))
    told = typed.load(Expect, dict(override.expect), where)
    values |= {key: getattr(told, key) for key in override.expect}
    return Expect(**values)
