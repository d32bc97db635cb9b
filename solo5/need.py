# SPDX-License-Identifier: ISC
"""Something of this host that work needs; what needs there are, solo5.needs and the kinds of places say."""

from __future__ import annotations

import ctypes
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Need:
    """Something of this host that the work needs, and the packages that bring it."""

    subject: str
    packages: tuple[str, ...]
    disables: str
    programs: tuple[str, ...] = ()
    """Names on PATH."""
    files: tuple[str, ...] = ()
    """Patterns of paths, one file each at least."""
    libraries: tuple[str, ...] = ()
    """As the dynamic linker knows them."""

    def absent(self) -> tuple[str, ...]:
        """Return what of it is not there."""
        programs = (name for name in self.programs if shutil.which(name) is None)
        files = (name for name in self.files if not any(Path("/").glob(name.lstrip("/"))))
        libraries = (name for name in self.libraries if not _loads(name))
        return (*programs, *files, *libraries)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
