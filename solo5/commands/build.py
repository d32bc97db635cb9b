# SPDX-License-Identifier: ISC
"""`solo5 build`: builds architectures, here or in another environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import needs, options, session
from solo5.builder import build, build_native, install
from solo5.errors import UsageError
from solo5.facts import checkout_tree, tree
from solo5.options import Parser

SUMMARY: Final = "Build library, tenders and test guests of architectures."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 build", SUMMARY)
    names = made.add_argument("arch", nargs="*", metavar="ARCH", help="one of the tree's; none: all of them")
    options.complete(names, lambda: tree().arch_names)
    made.add_argument("--native", action="store_true", help="build what Python loads here, and what ARCH names")
    made.add_argument("--prefix", type=options.folder, help="install what ARCH builds there: the toolchain and tenders")
    options.add_compiler(made, tree().compiler_names, tree().default_compiler)
    session.add_option(made)
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    of = checkout_tree()
    chosen = asked.arch or (() if asked.native else of.arch_names)
    archs = [of.arch(name) for name in chosen]
    if asked.prefix is not None and not archs:
        message = f"build --prefix {asked.prefix}: ARCH expected"
        raise UsageError(message)
    needed = needs.needed(archs, of, run=False, native=asked.native, compiler=asked.compiler)
    choice = session.choose(needed, asked.env, asked.suite)
    if not choice.here:
        if asked.prefix is not None:
            message = f"build --prefix: a {choice.environment} cannot install here; build on the host: --env host"
            raise UsageError(message)
        return session.begin(choice, ["build", *words], of, suite=asked.suite)
    needs.require(archs, run=False, native=asked.native, compiler=asked.compiler, at=of)
    for arch in archs:
        if asked.prefix is None:
            print(f"{arch.name}: {build(arch, compiler=asked.compiler, at=of).dir}")
        else:
            install(arch, asked.prefix, compiler=asked.compiler, at=of)
            print(f"{arch.name}: {asked.prefix}")
    if asked.native:
        print(f"native: {build_native(at=of)}")
    return 0
