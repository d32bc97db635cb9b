# SPDX-License-Identifier: ISC
"""A session of ours in a container: from a command line to its exit status."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Sequence
from typing import Final

from solo5 import progress
from solo5.env.choose import ENVIRONMENTS, Environment, choose
from solo5.errors import ToolMissingError
from solo5.facts import Tree
from solo5.needs import Need

_OPTION: Final = "--env"


def add_option(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where to work."""
    parser.add_argument(_OPTION, choices=ENVIRONMENTS, help="work there instead of where it is cheapest")


def environment(needed: Sequence[Need], wanted: str | None) -> Environment:
    """Return where to work; tell the user if we chose other than the host."""
    chosen, why = choose(needed, wanted)
    if chosen == "container" and wanted is None:
        progress.say(f"in a container: {why}")
    return chosen


def in_container(words: Sequence[str], of: Tree, *, make: bool = True) -> int:
    """Run `solo5 WORDS` in a container of the tree's image and return its exit status.

    Without `make`, an image that is not there is a ToolMissingError.
    """
    from solo5.env import container, engine, image  # noqa: PLC0415 - the engine's client takes long to load

    with contextlib.closing(engine.connect()) as client:
        if make:
            name = image.ensure(client, of)
        else:
            name = image.recipe(of).image
            if not image.has(client, name):
                message = f"image {name}: not made yet; to make it: solo5 image"
                raise ToolMissingError(message)
        argv = ["python3", "-m", "solo5.cli", *without_option(words)]
        return container.run(client, name, argv, of)


def without_option(words: Sequence[str]) -> list[str]:
    """Return a command's words without --env and its value."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == _OPTION:
            next(rest, None)
        elif not word.startswith(f"{_OPTION}="):
            kept.append(word)
    return kept
