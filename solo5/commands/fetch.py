# SPDX-License-Identifier: ISC
"""`solo5 fetch`: brings what architectures need into the cache, for work without network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import debian, needs, options
from solo5.debian import foreign
from solo5.facts import tree
from solo5.options import Parser

SUMMARY: Final = "Fetch all that work on architectures needs, so that it goes on without network."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 fetch", SUMMARY)
    names = made.add_argument("arch", nargs="*", metavar="ARCH", help="one of the tree's; none: all of them")
    options.complete(names, lambda: tree().arch_names)
    return made


def main(words: Sequence[str]) -> int:
    """See Command. What this host lacks itself is installed, or an error after all else has come."""
    asked = parser().parse_args(words)
    of = tree()
    archs = [of.arch(name) for name in asked.arch or of.arch_names]
    every = [each for arch in archs for each in arch.on_kernels]
    debian.fetch_all(every, at=of)
    bundles = (bundle for arch in every for bundle in foreign.bundles(arch))
    found = ((bundle, foreign.cached(bundle, of)) for bundle in bundles)
    lines = (f"{bundle}: {', '.join(map(str, each[1]))}" for bundle, each in found if each is not None)
    for line in dict.fromkeys(lines):
        print(line)
    needs.require(archs, at=of)
    return 0
