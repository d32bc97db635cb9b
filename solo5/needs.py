# SPDX-License-Identifier: ISC
"""What the work needs of this host, from the tree's facts, and how it gets there.

`needed` lists it; `require` is for commands about to act: it makes sure of
what they need, or says in one line what to do. What a host has besides,
`solo5.doctor` looks at.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Sequence
from typing import Final

from solo5 import debian, places
from solo5.errors import ToolMissingError
from solo5.facts import Arch, Tree, tree
from solo5.need import Need

#: Builds what runs on this host itself: a program, and the package that brings it.
NATIVE_COMPILER: Final = "gcc"


def compiler_need(arch: Arch, of: Tree, name: str | None = None) -> Need:
    """Return what building an architecture with a compiler needs, the default one if none is named."""
    compiler = of.compiler(name).for_arch(arch)
    programs = (compiler.cc, compiler.ld, compiler.objcopy, compiler.ar, compiler.strip)
    disables = ", ".join((f"build-{arch.name}", *_cells(arch, of)))
    return Need(f"{compiler.name} for {arch.name}", compiler.packages, disables, programs, compiler.files)


def native_needs() -> tuple[Need, ...]:
    """Return what the libraries that Python loads need, to be built and to run."""
    python = f"{sysconfig.get_path('include')}/Python.h"
    return (
        Need(
            "compiler of this host",
            (NATIVE_COMPILER, "libc6-dev"),
            "tests",
            (NATIVE_COMPILER,),
            ("/usr/include/stdio.h",),
        ),
        Need("headers of Python", ("python3-dev",), "tests", (), (python,)),
        Need("libseccomp", ("libseccomp2",), "tests, names of system calls", (), (), ("libseccomp.so.2",)),
        Need("readelf", ("binutils",), "tests", ("readelf",)),
    )


def needed(  # noqa: PLR0913 - each part of the work can be left out
    archs: Sequence[Arch],
    of: Tree,
    *,
    build: bool = True,
    compiler: str | None = None,
    run: bool = True,
    place: str | None = None,
    native: bool = True,
) -> tuple[Need, ...]:
    """Return what of this host is needed to build and run architectures, and to test.

    `compiler` is what builds, the default one if none is named; `place` is the
    kind of place where all runs, None: of whatever kind.
    """
    # Starts every other program, so that none outlives us.
    always = Need("util-linux", ("util-linux",), "everything", ("setpriv", "unshare"))
    compilers = tuple(compiler_need(arch, of, compiler) for arch in archs) if build else ()
    running = tuple(need for kind in _kinds(place) for arch in archs for need in kind.needs(arch, of)) if run else ()
    return (always, *compilers, *running, *(native_needs() if native else ()))


def require(  # noqa: PLR0913 - as above
    archs: Sequence[Arch] | None = None,
    *,
    build: bool = True,
    compiler: str | None = None,
    run: bool = True,
    place: str | None = None,
    native: bool = True,
    at: Tree | None = None,
) -> None:
    """Make sure of what the named work on `archs` (None: all) needs.

    `build`, `compiler`, `run`, `place` and `native` are as in `needed`. Costs a few look-ups when
    all is there. Else root gets it installed, with one line of progress;
    others get ToolMissingError with the command to run. Files of other
    architectures come into the cache, for whoever asks.
    """
    of = at or tree()
    wanted = of.archs() if archs is None else tuple(archs)
    every = needed(wanted, of, build=build, compiler=compiler, run=run, place=place, native=native)
    short = [need for need in every if need.absent()]
    if short:
        debian.install([package for need in short for package in need.packages])
        for need in short:
            if still := need.absent():
                message = (
                    f"{need.subject}: {', '.join(still)} not found, though {' '.join(need.packages)} is "
                    "installed; is PATH complete?"
                )
                raise ToolMissingError(message)
    running = tuple(name for kind in _kinds(place) for name in kind.bundles) if run else ()
    wanted_bundles = (*(("sysroot",) if build else ()), *running)
    debian.fetch_all(wanted, wanted_bundles, at=of)


def _kinds(place: str | None) -> Sequence[places.Kind]:
    return places.kinds() if place is None else (places.kind(place),)


def _cells(arch: Arch, of: Tree) -> tuple[str, ...]:
    return tuple(str(cell) for cell in of.cells() if cell.arch == arch.name)
