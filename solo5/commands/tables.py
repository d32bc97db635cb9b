# SPDX-License-Identifier: ISC
"""`solo5 tables`: writes the blocks of the documents that solo5.documents makes, or tells which are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from solo5 import documents, options, scratch
from solo5.errors import UsageError
from solo5.facts import checkout_tree, tree
from solo5.options import Parser

SUMMARY: Final = "Write the tables of README.md and SECURITY.md that the tree decides."
SWEEPS_FIRST: Final = False


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 tables", SUMMARY)
    about = "count the tenders of these only, and leave the figures of others; none: of all"
    names = made.add_argument("arch", nargs="*", metavar="ARCH", help=about)
    options.complete(names, lambda: tree().arch_names)
    made.add_argument("--check", action="store_true", help="write nothing, say which are wrong, and fail if any is")
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    of = checkout_tree()
    counted = [of.arch(name).name for name in asked.arch or of.arch_names]
    if asked.check:
        wrong = documents.wrong_blocks(of, counted)
        if wrong:
            raise UsageError("; ".join(wrong))
        return 0
    for path, text in documents.texts(of, counted).items():
        if path.read_text() != text:
            with scratch.replacing(path) as unfinished:
                unfinished.write_text(text)
            print(f"{path}: written")
    return 0
