# SPDX-License-Identifier: ISC
"""How commands ask where their session works, and begin it there; what environments there are, solo5.env knows."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from solo5 import env, options, progress
from solo5.debian import releases
from solo5.errors import UsageError
from solo5.facts import Tree, tree
from solo5.need import Need

_OPTION: Final = "--env"
_SUITE: Final = "--suite"


def add_option(parser: argparse.ArgumentParser, about: str = "work there instead of where it is cheapest") -> None:
    """Let a command be told where to work."""
    parser.add_argument(_OPTION, choices=[each.name for each in env.kinds()], help=about)
    add_suite(parser)


def add_suite(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which Debian release containers are of."""
    suite = parser.add_argument(_SUITE, metavar="NAME", help="containers are of this Debian release, as in trixie")
    options.complete(suite, lambda: releases.names(tree()))


def choose(
    needed: Sequence[Need], wanted: str | None, suite: str | None = None, *, announce: bool = True
) -> env.Choice:
    """Return where to work; with `announce`, tell the user if we chose another environment than this process'.

    A `suite` is for environments that can be of another release.
    """
    if suite is not None and (wanted is None or not env.kind(wanted).releases):
        with_releases = " or ".join(f"{_OPTION} {each.name}" for each in env.kinds() if each.releases)
        message = f"{_SUITE} {suite}: says what containers are of; use it with {with_releases}"
        raise UsageError(message)
    if suite is not None:
        releases.load(tree(), suite)
    choice = env.choose(needed, wanted)
    if announce and wanted is None and not choice.here:
        progress.say(f"in a {choice.environment}: {choice.reason}")
    return choice


def begin(choice: env.Choice, words: Sequence[str], of: Tree, *, suite: str | None = None, make: bool = True) -> int:
    """Run `solo5 WORDS` in an environment that is not this process', and return its exit status.

    `suite` and `make` are as in env.Options.
    """
    return env.kind(choice.environment).begin(without_option(words), of, env.Options(suite, make))


def without_option(words: Sequence[str]) -> list[str]:
    """Return a command's words without the options that say where it works."""
    return without_options(words, (_OPTION, _SUITE))


def without_options(words: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Return a command's words without some options, each of which has a value."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in flags:
            next(rest, None)
        elif not word.startswith(tuple(f"{flag}=" for flag in flags)):
            kept.append(word)
    return kept
