# SPDX-License-Identifier: ISC
"""A session of ours in a container: from a command line to its exit status."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from typing import Final

from solo5 import options, progress
from solo5.debian import releases
from solo5.env.choose import ENVIRONMENTS, Environment, choose
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import Tree, tree
from solo5.needs import Need

_OPTION: Final = "--env"
_SUITE: Final = "--suite"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where to work."""
    parser.add_argument(_OPTION, choices=ENVIRONMENTS, help="work there instead of where it is cheapest")
    add_suite(parser)


def add_suite(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which Debian release containers are of."""
    suite = parser.add_argument(_SUITE, metavar="NAME", help="containers are of this Debian release, as in trixie")
    options.complete(suite, lambda: releases.names(tree()))


def environment(needed: Sequence[Need], wanted: str | None, suite: str | None = None) -> Environment:
    """Return where to work; tell the user if we chose other than the host. A `suite` is for containers only."""
    if suite is not None and wanted != "container":
        message = f"{_SUITE} {suite}: says what containers are of; use it with {_OPTION} container"
        raise UsageError(message)
    chosen, why = choose(needed, wanted)
    if chosen == "container" and wanted is None:
        progress.say(f"in a container: {why}")
    return chosen


def in_container(words: Sequence[str], of: Tree, *, suite: str | None = None, make: bool = True) -> int:
    """Run `solo5 WORDS` in a container of the tree's image and return its exit status.

    `suite`: the image of this release instead of the host's. Without `make`,
    an image that is not there is a ToolMissingError.
    """
    from solo5.env import container, engine, image  # noqa: PLC0415 - the engine's client takes long to load

    with contextlib.closing(engine.connect()) as client:
        if make:
            name = image.ensure(client, of, suite=suite)
        else:
            name = image.recipe(of, suite).image
            if not image.has(client, name):
                message = f"image {name}: not made yet; to make it: solo5 image"
                raise ToolMissingError(message)
        argv = ["python3", "-m", "solo5.cli", *without_option(words)]
        return container.run(client, name, argv, of)


def without_option(words: Sequence[str]) -> list[str]:
    """Return a command's words without the options that say where it works."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in {_OPTION, _SUITE}:
            next(rest, None)
        elif not word.startswith((f"{_OPTION}=", f"{_SUITE}=")):
            kept.append(word)
    return kept
