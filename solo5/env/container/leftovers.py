# SPDX-License-Identifier: ISC
"""Finds containers that killed sessions left, and removes them.

A session that has a container keeps a record of it in the cache: its name,
which holds its owner's, and the engine's address. A session that ends takes
its record away; a record whose owner is dead is a container to remove.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from solo5 import cache, interrupt, progress, scratch
from solo5.errors import Solo5Error, ToolMissingError


def records() -> Path:
    """Return the folder of records, which may not exist."""
    return cache.root() / "containers"


@contextlib.contextmanager
def recorded(name: str) -> Iterator[None]:
    """Keep a record of a container, and remove both when the block ends, however it does.

    Where the engine is gone by then, the record stays, for `sweep`.
    """
    record = records() / name
    try:
        cache.make()
        record.parent.mkdir(exist_ok=True)
        record.write_text(os.environ.get("DOCKER_HOST", ""))
    except OSError as cause:
        message = f"{record}: cannot note the container: {cause.strerror}; set {cache.VARIABLE} to a folder"
        raise ToolMissingError(message) from cause
    try:
        yield
    finally:
        # A second Ctrl-C waits: it can only leave more behind.
        with interrupt.undisturbed(), contextlib.suppress(Solo5Error):
            _remove(record)


def sweep() -> None:
    """Remove containers that dead sessions of this user left. Never fails: what cannot go yet, stays recorded."""
    if cache.known() is None:
        return
    with contextlib.suppress(OSError):
        for record in list(records().iterdir()):
            if scratch.is_left(record.name):
                _sweep(record)


def _sweep(record: Path) -> None:
    try:
        _remove(record)
    except Solo5Error as error:
        progress.warn(f"container {record.name}, left by a killed session, cannot be removed yet: {error}")
    else:
        progress.say(f"removed container {record.name}, left by a killed session")


def _remove(record: Path) -> None:
    from solo5.env.container import engine  # noqa: PLC0415 - a slow import, rarely needed

    engine.remove(record.name, record.read_text())
    record.unlink(missing_ok=True)
