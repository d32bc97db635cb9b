# SPDX-License-Identifier: ISC
"""Debian's releases: that of this host, and those that there are pins of.

A host's own packages are of its own release. Files of other architectures are
of the host's release too, unless an architecture names one (it may be in no
older one). What was pinned, solo5.debian.pins reads.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import typed
from solo5.errors import UsageError
from solo5.facts import Arch, DataRoot

#: Where a host does not say what it is.
_OLDEST: Final = "bookworm"


@dataclass(frozen=True)
class Release:
    """What differs between releases, as far as it is needed: pins/<name>.toml."""

    name: str
    python: str
    """Version of its Python, as wheels name it."""


def host() -> str:
    """Return the code name of this host's release."""
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", _OLDEST)
    except OSError:
        return _OLDEST


def of_arch(arch: Arch, wanted: str | None = None) -> str:
    """Return the release that an architecture's files are of; `wanted`: instead of the host's."""
    return arch.debian.release or wanted or host()


def folder(of: DataRoot) -> Path:
    """Return where everything about releases is."""
    return of.root / "pins"


def names(of: DataRoot) -> tuple[str, ...]:
    """Return the releases that there are facts of."""
    return tuple(sorted(path.stem for path in folder(of).glob("*.toml")))


def load(of: DataRoot, name: str) -> Release:
    """Return the facts of a release; an unknown one is a UsageError that names the known ones."""
    if name not in names(of):
        message = f"release {name!r}: not known; known: {', '.join(names(of))}"
        raise UsageError(message)
    return typed.read(Release, folder(of) / f"{name}.toml", name=name)
