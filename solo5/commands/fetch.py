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
    debian.fetch_all(archs, at=of)
    for arch in archs:
        for bundle in foreign.bundles(arch):
            found = foreign.cached(bundle, of)
            if found is not None:
                print(f"{bundle}: {', '.join(map(str, found[1]))}")
    needs.require(archs, at=of)
    return 0
