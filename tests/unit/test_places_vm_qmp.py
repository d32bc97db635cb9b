# SPDX-License-Identifier: ISC
"""What QEMU's monitor says while a machine is saved, in the words of each version that hosts have."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from solo5.errors import MachineError
from solo5.places.vm.qmp import Monitor

#: Answers to qmp_capabilities, stop, migrate-set-capabilities, getfd and migrate.
_ANSWERS: Final[list[Mapping[str, object]]] = [{"QMP": {}}, *[{"return": {}}] * 5]


def _save(folder: Path, *states: str) -> None:
    """Save a machine whose QEMU says that its migration goes through these states."""
    ours, theirs = socket.socketpair()
    events = [{"event": "MIGRATION", "data": {"status": state}} for state in states]
    theirs.sendall(b"".join(json.dumps(each).encode() + b"\r\n" for each in [*_ANSWERS, *events]))
    monitor = Monitor(ours)
    try:
        monitor.save(folder / "state")
    finally:
        monitor.close()
        theirs.close()


@pytest.mark.parametrize(
    "states",
    [("setup", "active", "completed"), ("setup", "active", "device", "completed")],
    ids=["7.2", "10.0"],
)
def test_a_machine_is_saved(tmp_path: Path, states: tuple[str, ...]) -> None:
    """Each version's way to the end is a success."""
    _save(tmp_path, *states)


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_machine_is_not_saved(tmp_path: Path, end: str) -> None:
    """Another end is an error that names it."""
    with pytest.raises(MachineError, match=f"QEMU: migrate: {end}"):
        _save(tmp_path, "setup", "active", end)
