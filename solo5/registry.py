# SPDX-License-Identifier: ISC
"""Where there are several ways, each is a module of a package, and the package's folder is the list of them."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType

from solo5.errors import UsageError


@functools.cache
def names(package: str) -> tuple[str, ...]:
    """Return the names of a package's kinds: its modules and folders, but for what begins with an underscore."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return tuple(sorted(each.name for each in found if not each.name.startswith("_")))


def module(package: str, name: str, noun: str) -> ModuleType:
    """Return the module of a kind; `noun` is what the user calls one. Raises UsageError, with the known ones."""
    if name not in names(package):
        message = f"{noun} {name!r}: not known; known: {', '.join(names(package))}"
        raise UsageError(message)
    return importlib.import_module(f"{package}.{name}")
