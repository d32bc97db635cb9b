# SPDX-License-Identifier: ISC
"""Tables in README.md and SECURITY.md that the tree decides, and that are therefore written by a verb.

Each stands between `<!-- NAME: ... -->` and `<!-- /NAME -->`. A new architecture, target or verb changes
these blocks and no other line of a file that exists (docs/porting.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from solo5 import commands, tender, typed
from solo5.builder import build, build_native, loc
from solo5.errors import UsageError
from solo5.facts import Cell, Tree

__all__ = ["BLOCKS", "Block", "texts", "wrong_blocks"]

#: How far the figures of code may be from what is counted, as a part: a small change need not touch README.md.
_NEAR: Final = 0.02
#: Folders whose files are columns of SECURITY.md: one for each target, and one for each architecture that has KVM.
_BOUNDARIES: Final = "docs/security"
_KVM: Final = "docs/security/kvm"
_FIGURE: Final = re.compile(r"\b\d+\b")


@dataclass(frozen=True)
class Block:
    """A table in a document."""

    file: str
    name: str
    write: Callable[[Tree, str, Collection[str]], str]
    """Returns it, given the one that is there and the architectures whose tenders are to be built and counted."""
    is_near: Callable[[str, str], bool] = str.__eq__
    """Tells whether one is as good as another."""

    def text(self, document: str) -> str:
        """Return the table that a document has. Raises UsageError if it has no such block."""
        return document[slice(*self._span(document))]

    def replaced(self, document: str, table: str) -> str:
        """Return a document with another table in this block."""
        start, end = self._span(document)
        return document[:start] + table + document[end:]

    def _span(self, document: str) -> tuple[int, int]:
        found = re.search(rf"^<!-- {self.name}:.*-->\n(.*?)^<!-- /{self.name} -->$", document, re.DOTALL | re.MULTILINE)
        if found is None:
            message = f"{self.file}: expected a block from <!-- {self.name}: ... --> to <!-- /{self.name} -->"
            raise UsageError(message)
        return found.span(1)


@dataclass(frozen=True)
class _Boundaries:
    """What stands between a guest of one target and its host: docs/security/<target>.toml."""

    memory: str
    calls: str
    processor: str
    files: str
    network: str
    time: str


@dataclass(frozen=True)
class _Kvm:
    """What of KVM and of its processor a guest of hvt has: docs/security/kvm/<architecture>.toml."""

    features: str
    registers: str
    counters: str
    processors: str
    calls: str
    stopping: str
    tables: str


def texts(of: Tree, counted: Collection[str]) -> Mapping[Path, str]:
    """Return the documents with the tables that belong in them; the tenders of some architectures are counted."""
    root, documents = of.checkout.root, dict[Path, str]()
    for block in BLOCKS:
        path = root / block.file
        text = documents.get(path) or path.read_text()
        documents[path] = block.replaced(text, block.write(of, block.text(text), counted))
    return documents


def wrong_blocks(of: Tree, counted: Collection[str], blocks: Iterable[Block] | None = None) -> tuple[str, ...]:
    """Return the blocks (None: all) that are not as the tree says, each as a line."""
    wrong = []
    for block in BLOCKS if blocks is None else blocks:
        before = block.text((of.checkout.root / block.file).read_text())
        if not block.is_near(before, block.write(of, before, counted)):
            wrong.append(f"{block.file}: {block.name}: not as the tree says; solo5 tables writes it")
    return tuple(wrong)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join((*lines, *("| " + " | ".join(row) + " |" for row in rows), ""))


def _rows(table: str) -> list[list[str]]:
    """Return the cells of a table, its head first."""
    lines = [line for line in table.splitlines() if not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _matrix(of: Tree, _before: str, _counted: Collection[str]) -> str:
    def states(target: str) -> Iterable[str]:
        return ("tested" if of.has_cell(Cell(target, arch)) else "missing" for arch in of.arch_names)

    return _table(["", *of.arch_names], ([target, *states(target)] for target in of.target_names))


def _verbs(_of: Tree, _before: str, _counted: Collection[str]) -> str:
    rows = ([f"`solo5 {name}`", commands.summary(name)] for name in commands.names())
    return _table(["command", "what it does"], rows)


def _lines(of: Tree, before: str, counted: Collection[str]) -> str:
    """Count tenders. The figures of architectures that are not counted stay."""
    (_, *names), *rows = _rows(before)
    kept = [name in of.arch_names and name not in counted for name in names]
    figures = {
        (row[0], name): figure
        for row in rows
        for name, figure, keep in zip(names, row[1:], kept, strict=True)
        if keep and figure
    }
    cells = [cell for cell in of.cells() if cell.arch in counted]
    for name in dict.fromkeys(cell.arch for cell in cells):
        build(of.arch(name), at=of)
    figures.update({(each.program, each.arch): str(each.lines) for cell in cells for each in loc.counts(cell, of)})
    programs = sorted({program for program, _ in figures})
    return _table(
        ["lines", *of.arch_names],
        ([program, *(figures.get((program, name), "") for name in of.arch_names)] for program in programs),
    )


def _lines_are_near(before: str, table: str) -> bool:
    """Tell whether two tables are the same but for small differences of figures."""
    if _FIGURE.sub("N", before) != _FIGURE.sub("N", table):
        return False
    pairs = zip(_FIGURE.findall(before), _FIGURE.findall(table), strict=True)
    return all(abs(int(a) - int(b)) <= _NEAR * int(b) for a, b in pairs)


def _columns(of: Tree, folder: str, corner: str, kind: type[_Boundaries | _Kvm]) -> str:
    """Return a table whose columns are the files of a folder."""
    files = sorted((of.checkout.root / folder).glob("*.toml"))
    columns = [typed.read(kind, file) for file in files]
    names = [each.name for each in fields(kind)]
    return _table(
        [corner, *(file.stem for file in files)],
        ([name, *(" ".join(getattr(column, name).split()) for column in columns)] for name in names),
    )


def _boundaries(of: Tree, _before: str, _counted: Collection[str]) -> str:
    return _columns(of, _BOUNDARIES, "boundary", _Boundaries)


def _kvm(of: Tree, _before: str, _counted: Collection[str]) -> str:
    return _columns(of, _KVM, "of KVM", _Kvm)


def _calls(of: Tree, _before: str, _counted: Collection[str]) -> str:
    build_native(at=of)
    known = tender.arch_names()
    numbers = {name: tender.call_numbers(name) if name in known else {} for name in of.arch_names}
    calls = dict.fromkeys(call for table in numbers.values() for call in table)
    return _table(
        ["number of", *of.arch_names],
        ([call, *(str(numbers[name].get(call, "")) for name in of.arch_names)] for call in calls),
    )


#: All of them. What is decided by the tree stands in no document outside of these.
BLOCKS: Final = (
    Block("README.md", "matrix", _matrix),
    Block("README.md", "verbs", _verbs),
    Block("README.md", "lines", _lines, _lines_are_near),
    Block("SECURITY.md", "boundaries", _boundaries),
    Block("SECURITY.md", "kvm", _kvm),
    Block("SECURITY.md", "calls", _calls),
)
