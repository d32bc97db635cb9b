# SPDX-License-Identifier: ISC
"""Speaks with QEMU's monitor (QMP): saves a machine's state and brings it back.

Only what a state consists of besides memory goes through here. Memory is a
file that QEMU maps: the machine that is saved writes it (shared), those that
are restored see it and write to pages of their own (private), so neither
copies it. Protocol: QEMU docs/interop/qmp-spec.txt; `x-ignore-shared` and
`getfd`: qapi/migration.json and qapi/misc.json of QEMU 7.2 and 10.0.
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import IO, Any, Final

from solo5.errors import MachineError
from solo5.stream import Stream

_DEADLINE_S: Final = 30.0
#: A migration that has not ended yet; the last of these, QEMU 10 says and 7.2 does not.
_UNDER_WAY: Final = frozenset({"setup", "active", "device"})


class Monitor:
    """The monitor of one QEMU, over a connected socket, which it owns."""

    def __init__(self, connection: socket.socket) -> None:
        self._stream = Stream(connection, "QEMU's monitor")
        self._deadline = 0.0
        self._ready = False

    def close(self) -> None:
        """Close the socket; QEMU goes on."""
        self._stream.close()

    def save(self, path: Path) -> None:
        """Stop the machine and write its state to a new file; it does not go on.

        Raises MachineError, DeadlineError, or OSError of the file.
        """
        self._deadline = time.monotonic() + _DEADLINE_S
        self._execute("stop")
        with path.open("xb") as file:
            self._migrate("migrate", file)

    def restore(self, path: Path) -> None:
        """Let a machine that waits for its state have it, and go on. Raises as `save`."""
        self._deadline = time.monotonic() + _DEADLINE_S
        with path.open("rb") as file:
            self._migrate("migrate-incoming", file)
        self._execute("cont")

    def _migrate(self, command: str, file: IO[bytes]) -> None:
        capabilities = [{"capability": name, "state": True} for name in ("x-ignore-shared", "events")]
        self._execute("migrate-set-capabilities", {"capabilities": capabilities})
        self._execute("getfd", {"fdname": "state"}, file)
        self._execute(command, {"uri": "fd:state"})
        while True:
            said = self._receive()
            if said.get("event") != "MIGRATION":
                continue
            status = said["data"]["status"]
            if status == "completed":
                return
            if status not in _UNDER_WAY:
                message = f"QEMU: {command}: {status}"
                raise MachineError(message)

    def _execute(self, command: str, arguments: dict[str, Any] | None = None, file: IO[bytes] | None = None) -> None:
        if not self._ready:
            self._ready = True
            self._receive()  # the greeting
            self._execute("qmp_capabilities")
        words = json.dumps({"execute": command, "arguments": arguments or {}}).encode()
        try:
            socket.send_fds(self._stream.connection, [words], [] if file is None else [file.fileno()])
        except OSError as cause:
            message = f"QEMU's monitor went away: {cause}"
            raise MachineError(message) from cause
        while True:
            said = self._receive()
            if "error" in said:
                message = f"QEMU: {command}: {said['error'].get('desc')}"
                raise MachineError(message)
            if "return" in said:
                return

    def _receive(self) -> dict[str, Any]:
        line = self._stream.take_line(self._deadline)
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError as cause:
            message = f"QEMU's monitor spoke nonsense: {line[:80]!r}"
            raise MachineError(message) from cause
        return said
