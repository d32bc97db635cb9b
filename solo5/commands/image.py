# SPDX-License-Identifier: ISC
"""`solo5 image`: makes the image of this tree, and says its name; or removes all that were made."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from solo5 import session
from solo5.env.container import engine, image
from solo5.facts import checkout_tree
from solo5.options import Parser

SUMMARY: Final = "Make the image that containers of this tree run in, if it is not there."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 image", SUMMARY)
    made.add_argument("--base", metavar="NAME", help="begin with this image of Debian instead of an own one")
    session.add_suite(made)
    made.add_argument("--again", action="store_true", help="make it even if it is there")
    made.add_argument("--remove", action="store_true", help="remove all images of ours")
    return made


def main(words: Sequence[str]) -> int:
    """See Command."""
    asked = parser().parse_args(words)
    of = checkout_tree()
    with contextlib.closing(engine.connect()) as client:
        if asked.remove:
            print("\n".join(image.remove(client)) or "there is none")
        else:
            print(image.ensure(client, of, asked.base, suite=asked.suite, again=asked.again))
    return 0
