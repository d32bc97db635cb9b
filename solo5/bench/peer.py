# SPDX-License-Identifier: ISC
"""Another installation as a contestant: its tender, and our guests by its toolchain."""

from __future__ import annotations

from pathlib import Path

from solo5 import launch, proc
from solo5.elf import csource, manifest
from solo5.errors import BuildError, UsageError
from solo5.facts import Cell, Target, Tree


def build_guest(prefix: Path, cell: Cell, of: Tree, name: str, into: Path) -> Path:
    """Build one of our test guests with the toolchain below `prefix`.

    Raises UsageError if there is none, BuildError if it refuses.
    """
    cc = prefix / "bin" / f"{of.arch(cell.arch).toolchain}-cc"
    if not cc.exists():
        message = f"--peer {prefix}: no {cc.relative_to(prefix)} there; name a prefix that Solo5 is installed in"
        raise UsageError(message)
    guests = of.checkout.guests
    declared = into / f"{name}-manifest.c"
    declared.write_text(csource.write(manifest.parse((guests / name / "manifest.json").read_text())))
    built = into / f"{name}.{cell.target}"
    includes = [guests, guests / "arch" / cell.arch, of.checkout.peer, prefix / "include" / "solo5"]
    proc.run(
        [
            cc,
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


def has(prefix: Path, cell: Cell, of: Tree) -> bool:
    """Tell whether an installation can run and build guests of a cell."""
    target, toolchain = of.target(cell.target), of.arch(cell.arch).toolchain
    script = prefix / "lib" / toolchain / f"solo5_{target.name}.lds"
    return script.exists() and (prefix / "bin" / launch.of(target, of).program).exists()


def tender(prefix: Path, target: Target, of: Tree) -> Path:
    """Return the peer's tender. Raises UsageError if there is none."""
    program = prefix / "bin" / launch.of(target, of).program
    if not program.exists():
        message = f"--peer {prefix}: no bin/{program.name} there; name a prefix that Solo5 is installed in"
        raise UsageError(message)
    return program
