# SPDX-License-Identifier: ISC
"""What differs in cases on one architecture: tests/guests/arch/<arch>/overrides.toml, which may be missing.

A table for each case that differs, by its name in every report:

    [case."options[plain]"]
    expect = {status = 1}

So a new architecture edits no table that others share. What a case may say,
and in which order things are replaced, is solo5.matrix.cases'.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import typed
from solo5.errors import UsageError
from solo5.facts import Tree
from solo5.typed import Table

#: The name of the file.
FILE: Final = "overrides.toml"


@dataclass(frozen=True)
class _File:
    case: Mapping[str, Table]


def path(of: Tree, arch: str) -> Path:
    """Return where an architecture's file is, or would be."""
    return of.checkout.guests / "arch" / arch / FILE


def where(of: Tree, arch: str, title: str) -> str:
    """Return how messages name what differs in a case."""
    return f"{path(of, arch).relative_to(of.root)}: case.{title}"


def load(of: Tree, arch: str) -> Mapping[str, Table]:
    """Return what differs on an architecture, by title of a case. Raises UsageError, one line."""
    file = path(of, arch)
    return typed.read(_File, file, str(file.relative_to(of.root))).case if file.exists() else {}


def check(of: Tree, titles: Iterable[str]) -> None:
    """Raise UsageError if something is said to differ in a case that is none of these."""
    known = set(titles)
    for arch in of.arch_names:
        for title in load(of, arch):
            if title not in known:
                near = ", ".join(difflib.get_close_matches(title, known, n=3)) or "none"
                message = f"{where(of, arch, title)}: no such case; near it: {near}"
                raise UsageError(message)
