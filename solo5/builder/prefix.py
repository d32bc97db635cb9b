# SPDX-License-Identifier: ISC
"""Installs what was built: toolchains of any number of architectures, programs, and solo5-elftool, in one folder.

Programs that run guests have their plain names if they are of this host's
architecture; of another, its name stands before theirs, as cross compilers
have it. So each architecture keeps its own, in whatever order they come.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import Final

from solo5 import scratch
from solo5.errors import ToolMissingError
from solo5.facts import Arch, Tree

__all__ = ["elftool", "installed_name", "merge"]

#: Of the folder solo5/, what solo5-elftool imports; nothing but Python's own library besides.
_MODULES: Final = ("__init__.py", "errors.py", "options.py", "scratch.py", "typed.py", "facts/*.py", "elf/*.py")
_FACTS: Final = ("arch/*.toml", "target/*.toml")
#: Neither the user's modules nor installed ones: Python's own library is enough. In two lines, since not every
#: system's env takes -S; the shell reads no further, and Python finds an archive from its end.
_INTERPRETER: Final = b'#!/bin/sh\nexec python3 -IS "$0" "$@"\n'
_MAIN: Final = """\
import sys

if sys.version_info < (3, 11):
    sys.exit("solo5-elftool: this is Python %d.%d; 3.11 or later is needed" % sys.version_info[:2])

from solo5.elf.elftool import main

sys.exit(main())
"""
#: The least that the format can say.
_DAY: Final = (1980, 1, 1, 0, 0, 0)
#: A folder of programs and data, and what begins the names of those that differ by architecture.
_OF_AN_ARCH: Final = {"bin": "solo5-", "libexec/solo5": ""}


def elftool(of: Tree) -> bytes:
    """Return solo5-elftool as one file, which needs Python only (zipapp); the same bytes for the same sources."""
    root = of.checkout.root
    modules = [path for pattern in _MODULES for path in (root / "solo5").glob(pattern)]
    files = {f"solo5/{path.relative_to(root / 'solo5')}": path.read_bytes() for path in modules}
    facts = [path for pattern in _FACTS for path in (root / "toolchains").glob(pattern)]
    files |= {f"solo5/data/{path.relative_to(root)}": path.read_bytes() for path in facts}
    files["__main__.py"] = _MAIN.encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as made:
        for name in sorted(files):
            made.writestr(zipfile.ZipInfo(name, _DAY), files[name])
    return _INTERPRETER + archive.getvalue()


def installed_name(arch: Arch, name: str) -> str:
    """Return how a program that runs guests of an architecture is called in a prefix."""
    return name if arch.is_host else f"{arch.name}-{name}"


def merge(arch: Arch, made: Path, prefix: Path, of: Tree) -> None:
    """Put what Meson installed into `made`, and solo5-elftool, below `prefix`, beside other architectures' files.

    Raises ToolMissingError if that cannot be written.
    """
    try:
        for source in sorted(path for path in made.rglob("*") if not path.is_dir()):
            below = source.relative_to(made)
            begins = _OF_AN_ARCH.get(str(below.parent))
            differs = begins is not None and below.name.startswith(begins)
            to = prefix / below.parent / (installed_name(arch, below.name) if differs else below.name)
            to.parent.mkdir(parents=True, exist_ok=True)
            with scratch.replacing(to) as unfinished:
                shutil.copyfile(source, unfinished)
                unfinished.chmod((0o777 if os.access(source, os.X_OK) else 0o666) & ~_umask())
        with scratch.replacing(prefix / "bin" / "solo5-elftool") as unfinished:
            unfinished.write_bytes(elftool(of))
            unfinished.chmod(0o777 & ~_umask())
    except OSError as cause:
        where = cause.filename2 or cause.filename or prefix
        message = f"{prefix}: not installed whole: {where}: {cause.strerror}; mend that, or name another folder"
        raise ToolMissingError(message) from cause


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
