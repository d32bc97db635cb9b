# SPDX-License-Identifier: ISC
"""How much code stands between a guest and its host.

Counted is what was linked into each tender, by what the build itself noted:
its sources, and every header of ours that they include. A line counts if it
holds more than comment and blanks.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import launch, proc
from solo5.builder.meson import Built, program
from solo5.errors import BuildError
from solo5.facts import Arch, Cell, Tree

_OBJECT: Final = re.compile(r"^\s+(\S+\.o)$", re.MULTILINE)
#: A comment, or what only looks as if it began one.
_TOKEN: Final = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""", re.DOTALL)
_DEADLINE_S: Final = 60.0


@dataclass(frozen=True)
class Count:
    """The code of one tender."""

    program: str
    arch: str
    lines: int
    files: int


def code_lines(text: str) -> int:
    """Return the lines of C or assembly source that hold more than comment and blanks."""

    def bare(found: re.Match[str]) -> str:
        token = found.group()
        return "\n" * token.count("\n") if token.startswith("/") else token

    return sum(1 for line in _TOKEN.sub(bare, text).splitlines() if line.strip())


def sources(built: Built, tender: Path, of: Tree) -> tuple[Path, ...]:
    """Return the files of the tree that a linked program was made of. Raises BuildError."""
    name = str(tender.relative_to(built.dir))
    objects = _OBJECT.findall(_ninja(built, "query", name))
    if not objects:
        message = f"{tender}: ninja names no object of it; build it: solo5 build {built.arch.name}"
        raise BuildError(message)
    said = _ninja(built, "deps", *objects)
    found = {(built.dir / line.strip()).resolve() for line in said.splitlines() if line.startswith("    ")}
    root, made = of.checkout.root, of.build_root.resolve()
    ours = (path for path in found if path.is_relative_to(root) and not path.is_relative_to(made))
    # Given to every file by the build, and no part of what is built.
    return tuple(sorted(path for path in ours if path.is_relative_to(root / "tenders") or "include" in path.parts))


def _ninja(built: Built, *words: str) -> str:
    argv: list[str | Path] = [program("ninja"), "-C", built.dir, "-t", *words]
    return proc.run(argv, error=BuildError, deadline_s=_DEADLINE_S).stdout.decode()


def counts(cell: Cell, of: Tree) -> tuple[Count, ...]:
    """Count a built tender; and of its variants, as for debugging, what they have besides."""
    arch, target = of.arch(cell.arch), of.target(cell.target)
    built, launcher = Built.at(of, arch), launch.of(target, of)
    files = set(sources(built, launcher.program_in(built), of))
    variants = [path for path in launcher.variants(built) if path.name != launcher.program]
    more = (_count(f"{path.name}, besides", arch, set(sources(built, path, of)) - files) for path in variants)
    return (_count(launcher.program, arch, files), *more)


def _count(name: str, arch: Arch, files: Collection[Path]) -> Count:
    return Count(name, arch.name, sum(code_lines(path.read_text()) for path in files), len(files))
