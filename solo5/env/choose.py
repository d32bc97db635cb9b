# SPDX-License-Identifier: ISC
"""Chooses the environment of a session: this host, or a container.

The host, if it has all that is needed or can bring it; a container, if not
and an engine answers. Why, `solo5 explain` prints.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import Final, Literal

from solo5.env import is_inside
from solo5.errors import Solo5Error, UsageError
from solo5.needs import Need

Environment = Literal["host", "container"]
ENVIRONMENTS: Final = ("host", "container")


def choose(needed: Sequence[Need], wanted: str | None = None) -> tuple[Environment, str]:
    """Return the environment, and why in one line.

    `wanted` decides, if given; an unknown name is a UsageError. No engine is
    asked where the host will do.
    """
    if wanted is not None and wanted not in ENVIRONMENTS:
        message = f"environment {wanted!r}: not known; known: {', '.join(ENVIRONMENTS)}"
        raise UsageError(message)
    if is_inside():
        if wanted == "container":
            message = "--env container: this is a container already"
            raise UsageError(message)
        return "host", "this is a container, which has all"
    if wanted is not None:
        return ("container" if wanted == "container" else "host"), "it was asked for"
    absent = [name for need in needed for name in need.absent()]
    if not absent:
        return "host", "it has all that is needed"
    short = f"it lacks {', '.join(absent)}"
    if _can_install():
        return "host", f"{short}, which it will install"
    obstacle = _engine_obstacle()
    if obstacle is not None:
        return "host", f"{short}, but: {obstacle}"
    return "container", f"not on the host: {short}, and only root can install"


def _can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _engine_obstacle() -> str | None:
    from solo5.env import engine  # noqa: PLC0415 - a slow import, rarely needed

    try:
        engine.connect().close()
    except Solo5Error as error:
        return str(error)
    return None
