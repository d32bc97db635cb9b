# SPDX-License-Identifier: ISC
"""solo5.session: what a command is told of where it works."""

from __future__ import annotations

import pytest

from solo5 import session
from solo5.errors import UsageError


def test_options_of_place_stay_outside() -> None:
    """A command in a container gets its words without those that brought it there."""
    words = ["matrix", "--env", "container", "--cell", "x", "--suite", "trixie", "--env=container", "--suite=trixie"]
    assert ["matrix", "--cell", "x"] == session.without_option(words)


@pytest.mark.parametrize("env", [None, "host"])
def test_a_release_is_for_containers(env: str | None) -> None:
    """A release says what a container is of; the host is what it is, so the option alone is a mistake."""
    with pytest.raises(UsageError, match=r"--suite trixie: .*; use it with --env container"):
        session.choose([], env, "trixie")
