# SPDX-License-Identifier: ISC
"""solo5.env.container.engine: what is the engine's fault is not blamed on an image, nor the other way round."""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from solo5.env.container import engine
from solo5.errors import MachineError, Solo5Error, ToolMissingError

_AGAIN = "to make it anew: solo5 image --again"


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        # Of an image without Python, and of one without a shell.
        ('runc create failed: exec: "python3": executable file not found in $PATH', engine.ImageError, _AGAIN),
        ('exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown', engine.ImageError, _AGAIN),
        # Of an engine that is damaged.
        (
            'failed to start shim: exec: "containerd-shim-runc-v2": executable file not found in $PATH: unknown',
            MachineError,
            "the container engine said: failed to start shim",
        ),
        (
            "open /run/containerd/io.containerd.runtime.v2.task/moby/1/log.json: no such file or directory",
            MachineError,
            "the container engine said: open /run/",
        ),
        (
            "write /var/lib/docker/tmp/x: no space left on device",
            ToolMissingError,
            "the container engine's disk is full",
        ),
        ("tar: usr: Cannot write: No space left on device", ToolMissingError, "the container engine's disk is full"),
        (
            "client version 1.52 is too new. Maximum supported API version is 1.41",
            ToolMissingError,
            "Update the engine, or name another one in DOCKER_HOST",
        ),
    ],
)
def test_whose_fault_it_is(said: str, kind: type[Solo5Error], told: str) -> None:
    """An image is broken if what should run in it is not there; all else is the engine's."""
    error = engine.refusal("image x", said)
    assert kind is type(error)
    assert told in str(error)
    assert ("the image is broken" in str(error)) == (kind is engine.ImageError)


class _OfAnotherAge(http.server.BaseHTTPRequestHandler):
    """An engine that answers as one of 2014."""

    def do_GET(self) -> None:
        """Answer whatever is asked."""
        text = json.dumps({"ApiVersion": "1.12", "MinAPIVersion": "1.12"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def address_string(self) -> str:
        """Return a name; a socket of files has none."""
        return "engine"


@pytest.fixture
def old_engine(tmp_path: Path) -> Iterator[str]:
    """Yield the address of an old engine."""
    with socketserver.UnixStreamServer(str(tmp_path / "socket"), _OfAnotherAge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"unix://{tmp_path}/socket"
        server.shutdown()
        thread.join()


def test_an_engine_of_another_age_is_to_be_updated(old_engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there, so nobody is told to start one, nor that DOCKER_HOST is wrong."""
    monkeypatch.setenv("DOCKER_HOST", old_engine)
    with pytest.raises(ToolMissingError) as raised:
        engine.connect()
    told = str(raised.value)
    assert told.startswith(f"container engine {old_engine}: API versions below ")
    assert told.endswith("Update the engine, or name another one in DOCKER_HOST")


def test_root_is_not_told_to_join_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that root may not use is not opened by a group's membership."""
    cause = PermissionError(13, os.strerror(13))
    for uid, told in ((1, "as root: usermod -aG docker USER"), (0, "name another one in DOCKER_HOST")):
        monkeypatch.setattr(os, "geteuid", lambda uid=uid: uid)
        assert told in str(engine._unreachable(cause))  # noqa: SLF001 - what connect raises
        assert ("usermod" in str(engine._unreachable(cause))) == (uid == 1)  # noqa: SLF001 - the same
