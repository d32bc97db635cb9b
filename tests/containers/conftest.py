# SPDX-License-Identifier: ISC
"""An engine of the tests' own, which they may stop, fill and break."""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from solo5.builder import build
from solo5.env.container import engine
from solo5.facts import tree
from solo5.matrix.programs import Programs

_START_S = 60.0
PROBE = "solo5-probe-image:1"


class Engine:
    """A dockerd with a folder of its own."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        self._data = data
        self.address = f"unix://{folder}/socket"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> docker.DockerClient:
        """Start it and return a client."""
        # Its mounts go with it, even if it is killed, and docker0 is another's.
        words: list[str | Path] = [
            "unshare",
            "--mount",
            "--net",
            "dockerd",
            "--host",
            self.address,
            "--data-root",
            self._data,
            "--exec-root",
            self.folder / "exec",
        ]
        words += ["--pidfile", self.folder / "pid", "--bridge", "none", "--iptables=false"]
        # It says when it is ready, as to systemd (sd_notify(3)).
        notices = self.folder / "notices"
        notices.unlink(missing_ok=True)
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready,
            (self.folder / "log").open("ab") as said,
        ):
            ready.bind(str(notices))
            settings = {**os.environ, "NOTIFY_SOCKET": str(notices)}
            self._process = subprocess.Popen(words, stdout=said, stderr=said, start_new_session=True, env=settings)
            with os.fdopen(os.pidfd_open(self._process.pid)) as ended:
                readable, _, _ = select.select([ready.fileno(), ended.fileno()], [], [], _START_S)
            assert [ready.fileno()] == readable, (self.folder / "log").read_text()
        return engine.connect(self.address)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait for that."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None
            self._wait_for_containerd()

    def _wait_for_containerd(self) -> None:
        """Let a killed engine's containerd die, a moment later: the next engine would take it for its own."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            number = self.folder / "exec" / "containerd" / "containerd.pid"
            pid = int(number.read_text())
            # Until somebody waits for it, its number looks as if it ran on.
            number.unlink()
            with os.fdopen(os.pidfd_open(pid)) as process:
                select.select([process], [], [])


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test see that nothing is left in the folder of temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


@pytest.fixture
def own_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Start an engine that a test may stop; all that we start uses it."""
    started = Engine(tmp_path, tmp_path / "data")
    client = started.start()
    load_probe(client)
    client.close()
    monkeypatch.setenv("DOCKER_HOST", started.address)
    monkeypatch.setenv("SOLO5_CACHE", str(tmp_path / "cache"))
    yield started
    started.end()


def load_probe(client: docker.DockerClient) -> None:
    """Give an engine an image with one program: tests/places/probe.c."""
    arch = tree().host_arch()
    assert arch is not None
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.add(Programs(build(arch)).probe, "probe")
    name, _, tag = PROBE.partition(":")
    client.api.import_image_from_data(made.getvalue(), repository=name, tag=tag)


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """Yield a folder that other users may pass through: pytest's own are closed to them whenever a pytest starts."""
    with tempfile.TemporaryDirectory(prefix="shared-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def let_in(folder: Path) -> None:
    """Let other users pass through a folder to what they know the name of."""
    for each in (folder, *folder.parents):
        each.chmod(each.stat().st_mode | 0o011)


def as_other_user(words: list[str], *, group: int | None = None) -> list[str]:
    """Return the command that runs words as a user who is nobody here; `group`: with that one besides."""
    groups = ["--clear-groups"] if group is None else ["--groups", str(group)]
    return ["setpriv", "--reuid", "54321", "--regid", "54321", *groups, "--", *words]


def environment(**more: str) -> dict[str, str]:
    """Return what commands of ours are started with."""
    return {**os.environ, "PYTHONPATH": str(tree().root), **more}
