# SPDX-License-Identifier: ISC
"""Another installation: what of it can be measured in a cell, and with which guests.

Its tender may be anything that starts on this host (solo5.bench.carried). Its
guests are ours, built by its toolchain; without one, those that lie in it;
and where it has neither, ours, as the binary contract allows. In the same way
its guests run under our tender where it has none.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import Final

from solo5 import launch, proc
from solo5.bench import carried
from solo5.builder import installed_name
from solo5.elf import csource, manifest
from solo5.elf.read import read_notes
from solo5.errors import BuildError, ToolMissingError, UsageError
from solo5.facts import Arch, Cell, Target, Tree

__all__ = ["Guests", "Peer", "find", "guests", "parts"]

#: Where guests may lie in a prefix, as in tests/test_hello/.
_NEAR: Final = ("", "*/", "*/*/")


@dataclass(frozen=True)
class Peer:
    """What an installation has for a cell: something."""

    prefix: Path
    tender: Path | None
    """None: it has none."""
    files: Mapping[str, Path]
    """What a place must hold to start the tender: path in it, file here."""
    cc: Path | None
    """The compiler of its toolchain; None: it has none."""
    hello: Path | None
    """A guest that says hello, and lies in it; None: there is none."""


@dataclass(frozen=True)
class Guests:
    """What runs under a tender, and where it comes from."""

    hello: Path
    bench: Path
    about: str
    """Where they come from, in a few words."""
    greets: bool
    """Whether `hello` is made of our source, so that it is known what it writes."""


def find(prefix: Path, cell: Cell, of: Tree) -> Peer | None:
    """Return what an installation has for a cell; None: nothing. Runs nothing.

    Raises UsageError for a tender that is no program for the cell's
    architecture, ToolMissingError if a library of its is missing.
    """
    arch, target = of.arch(cell.arch), of.target(cell.target)
    tender, cc = (prefix / part for part in parts(cell, of))
    if tender.exists():
        if not tender.is_file():
            message = f"--peer {prefix}: {tender} is no regular file"
            raise UsageError(message)
        if not os.access(tender, os.X_OK):
            message = (
                f"--peer {prefix}: {tender} is not executable; to make it so: {proc.line(['chmod', '+x', tender])}"
            )
            raise UsageError(message)
        # A program finds its libraries from where it is itself, a script from where it was called.
        started = tender if carried.is_script(tender) else tender.resolve()
        files = carried.files(started, arch)
    else:
        started, files = None, {}
    has_toolchain = cc.exists() and (prefix / "lib" / arch.toolchain / f"solo5_{target.name}.lds").exists()
    hello = next(_hellos(prefix, arch, target), None)
    if started is None and hello is None and not has_toolchain:
        return None
    return Peer(prefix, started, files, cc if has_toolchain else None, hello)


def parts(cell: Cell, of: Tree) -> tuple[Path, Path]:
    """Return where an installation has what can be measured of it: the tender, and the toolchain's compiler."""
    arch, target = of.arch(cell.arch), of.target(cell.target)
    return Path("bin") / installed_name(arch, launch.of(target, of).program), Path("bin") / f"{arch.toolchain}-cc"


def guests(of_peer: Peer, ours: Guests, cell: Cell, of: Tree, into: Path) -> Guests:
    """Return what runs as the peer's; what is built, is built in `into`."""
    why = f"it has no toolchain for {cell}"
    if of_peer.cc is not None:
        try:
            hello, bench = (_build(of_peer.prefix, cell, of, name, into) for name in ("hello", "bench"))
        except (BuildError, ToolMissingError) as cause:
            why = f"its toolchain does not build them: {cause}"
        else:
            return Guests(hello, bench, f"ours, built by {of_peer.cc}", greets=True)
    if of_peer.hello is not None:
        about = f"hello is {of_peer.hello}, others are ours, since {why}"
        return Guests(of_peer.hello, ours.bench, about, greets=False)
    return Guests(ours.hello, ours.bench, f"ours, since {why}", greets=True)


def _hellos(prefix: Path, arch: Arch, target: Target) -> Iterator[Path]:
    """Yield guests of that name, as trees of Solo5 call their first test, from folders near the top."""
    patterns = (f"{folders}{name}.{target.name}" for name in ("hello", "test_hello") for folders in _NEAR)
    for pattern in patterns:
        for found in sorted(glob(pattern, root_dir=prefix)):  # noqa: PTH207 - that one stops at what goes away meanwhile
            path = prefix / found
            try:
                notes = read_notes(path)
            except UsageError:
                continue
            if (notes.machine, notes.abi) == (arch.elf.machine, target.abi):
                yield path


def _build(prefix: Path, cell: Cell, of: Tree, name: str, into: Path) -> Path:
    _, cc = parts(cell, of)
    guests = of.checkout.guests
    declared = into / f"{name}-manifest.c"
    declared.write_text(csource.write(manifest.parse((guests / name / "manifest.json").read_text())))
    built = into / f"{name}.{cell.target}"
    includes = [guests, guests / "arch" / cell.arch, of.checkout.peer, prefix / "include" / "solo5"]
    proc.run(
        [
            prefix / cc,
            "-O2",
            "-z",
            f"solo5-abi={cell.target}",
            *(f"-I{each}" for each in includes),
            "-o",
            built,
            guests / name / f"{name}.c",
            declared,
        ],
        error=BuildError,
        deadline_s=60,
    )
    return built
