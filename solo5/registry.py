# SPDX-License-Identifier: ISC
"""Where there are several ways, each is a module of a package, and the package's folder is the list of them."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import Any

from solo5.errors import UsageError


@functools.cache
def names(package: str) -> tuple[str, ...]:
    """Return the names of a package's kinds: its modules and folders, but for what begins with an underscore."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return tuple(sorted(each.name for each in found if not each.name.startswith("_")))


def part(package: str, name: str, noun: str, attribute: str) -> Any:  # noqa: ANN401 - the package knows its type
    """Return what the module of a kind has under a name; `noun` is what the user calls one.

    Raises UsageError: with the known ones, or with the file that lacks it.
    """
    if name not in names(package):
        message = f"{noun} {name!r}: not known; known: {', '.join(names(package))}"
        raise UsageError(message)
    module = importlib.import_module(f"{package}.{name}")
    if not hasattr(module, attribute):
        otherwise = f"what is no {noun} begins with an underscore"
        message = f"{module.__file__}: lacks {attribute}, by which {package} has each {noun}; {otherwise}"
        raise UsageError(message)
    return getattr(module, attribute)
