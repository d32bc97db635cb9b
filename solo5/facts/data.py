# SPDX-License-Identifier: ISC
"""Where data lies: a checkout of the sources, or what an installed package brings.

Both hold the same facts. Sources, tests and ci/ are in a checkout only: who
needs them asks for the `Checkout`, and without one that is one line.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import scratch
from solo5.errors import ToolMissingError

__all__ = ["BUILD_VARIABLE", "Checkout", "DataRoot", "find"]

#: Names another folder than build; relative to the checkout.
BUILD_VARIABLE: Final = "SOLO5_BUILD"

_PACKAGE: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Checkout:
    """The source tree: what an installed package lacks."""

    root: Path

    @property
    def guests(self) -> Path:
        """The folder of the test guests."""
        return self.root / "tests" / "guests"

    @property
    def peer(self) -> Path:
        """The folder of the program at the other end of a test guest's network."""
        return self.root / "tests" / "peer"

    @property
    def settings(self) -> Path:
        """The settings of Python tools, as pytest."""
        return self.root / "pyproject.toml"

    @property
    def requirements(self) -> Path:
        """The Python packages that its sessions need, each with its hash."""
        return self.root / "ci" / "requirements.txt"


@dataclass(frozen=True)
class DataRoot:
    """The folder that holds toolchains/."""

    root: Path
    is_checkout: bool = True

    @property
    def checkout(self) -> Checkout:
        """The sources. Raises ToolMissingError if there are none."""
        if not self.is_checkout:
            message = f"{self.root}: holds an installed package's data only; this needs a checkout of solo5's sources"
            raise ToolMissingError(message)
        return Checkout(self.root)

    def shown(self, path: Path) -> str:
        """Return a path as people are told it: short if it is below the root."""
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)

    @property
    def build_root(self) -> Path:
        """Where everything that is made goes: build, unless BUILD_VARIABLE names another folder.

        An installed package brings what is made, beside its facts.
        """
        return self.root / os.environ.get(BUILD_VARIABLE, "build") if self.is_checkout else self.root


@functools.cache
def _unpacked(archive: Path) -> Path:
    """Return the data of a package that is in a zip archive, as a folder that goes with this process."""
    folder = scratch.make_folder("data")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    inside = f"{_PACKAGE.name}/data/"
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder, [name for name in packed.namelist() if name.startswith(inside)])
    return folder / inside


def find(package: Path = _PACKAGE) -> DataRoot:
    """Return where the data of a solo5 package is: in its own folder data/, else in the checkout around it.

    Raises ToolMissingError if it is in neither.
    """
    if package.parent.is_file():
        return DataRoot(_unpacked(package.parent), is_checkout=False)
    for root in (package / "data", package.parent):
        if (root / "toolchains").is_dir():
            return DataRoot(root, is_checkout=root == package.parent)
    message = f"{package}: no data in it, nor a checkout around it; install solo5 again"
    raise ToolMissingError(message)
