# SPDX-License-Identifier: ISC
"""Engines that are missing, refuse, are full, or stop midway: each gets one clear line."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from conftest import PROBE, Engine, as_other_user, environment, let_in

from solo5.env.container import engine, image, leftovers
from solo5.errors import ToolMissingError, UsageError
from solo5.facts import tree


def _solo5(words: list[str], **env: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "solo5.cli", *words]
    done = subprocess.run(command, cwd=tree().root, env=environment(**env), capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("unix:///no/such/socket", ToolMissingError.exit_status, "No such file or directory; start one (apt-get"),
        ("tcp://127.0.0.1:1", ToolMissingError.exit_status, "Connection refused; start one (apt-get"),
        ("nonsense", UsageError.exit_status, "DOCKER_HOST=nonsense: "),
    ],
)
def test_an_engine_that_is_not_there_is_one_line(address: str, status: int, said: str) -> None:
    """The line says where we looked and how to start one."""
    ended, line = _solo5(["build", "--env", "container"], DOCKER_HOST=address)
    assert (status, 1) == (ended, line.count("\n"))
    assert said in line
    assert address in line


def test_an_engine_that_refuses_this_user_is_one_line(own_engine: Engine) -> None:
    """It names the socket and the group's command."""
    (own_engine.folder / "socket").chmod(0o600)
    let_in(own_engine.folder)
    words = as_other_user([sys.executable, "-m", "solo5.cli", "build", "--env", "container"])
    done = subprocess.run(words, cwd=tree().root, env=environment(), capture_output=True, text=True, check=False)
    assert ToolMissingError.exit_status == done.returncode, done.stderr
    assert f"{own_engine.address}: this user may not use it; as root: usermod -aG docker" in done.stderr
    assert 1 == done.stderr.count("\n")


def test_a_broken_image_is_one_line(own_engine: Engine) -> None:
    """An image of the right name without a Python: what is broken, and how to make it anew."""
    client = engine.connect()
    probe = client.images.get(PROBE)
    repository, _, tag = image.recipe(tree()).image.partition(":")
    probe.tag(repository, tag)
    ended, line = _solo5(["build", "--env", "container"])
    assert (ToolMissingError.exit_status, 1) == (ended, line.count("\n")), line
    assert "the image is broken" in line
    assert "to make it anew: solo5 image --again" in line
    assert [] == client.containers.list(all=True)
    assert own_engine.address


@pytest.fixture
def small_engine(tmp_path: Path) -> Iterator[docker.DockerClient]:
    """Start an engine with a disk of 24 MiB."""
    data = tmp_path / "data"
    data.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(data)], check=True)
    started = Engine(tmp_path, data)
    try:
        yield started.start()
    finally:
        started.end()
        subprocess.run(["umount", "--lazy", str(data)], check=True)


def test_a_full_disk_of_the_engine_is_one_line(small_engine: docker.DockerClient) -> None:
    """Whatever it was doing: the line says that there is no room, and how to make some."""
    with pytest.raises(ToolMissingError) as error, engine.speaking("image"):
        _import_zeroes(small_engine, 64 << 20)
    assert "the container engine's disk is full; to make room: docker system prune" in str(error.value)


def _import_zeroes(client: docker.DockerClient, size: int) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("zeroes")
        entry.size = size
        archive.addfile(entry, io.BytesIO(os.urandom(size)))
    said = client.api.import_image_from_data(made.getvalue(), repository="zeroes", tag="1")
    image.check_import("image", said)


_SESSION = f"""
from solo5.env.container import engine, run
from solo5.errors import Solo5Error
from solo5.facts import tree
try:
    run.run(engine.connect(), {PROBE!r}, ["/probe", "hang"], tree())
except Solo5Error as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_an_engine_that_stops_midway_is_one_line_and_leaves_nothing(own_engine: Engine, how: signal.Signals) -> None:
    """The session ends at once; when the engine is back, the next start removes the container."""
    client = engine.connect()
    session = subprocess.Popen(
        [sys.executable, "-c", _SESSION], cwd=tree().root, env=environment(), stdout=subprocess.PIPE, text=True
    )
    while not client.containers.list(filters={"label": "solo5", "status": "running"}):
        assert session.poll() is None
    own_engine.end(how)
    said, _ = session.communicate(timeout=60)
    assert said.startswith("MachineError container solo5-")
    assert 1 == said.count("\n")
    back = own_engine.start()
    leftovers.sweep()
    assert [] == back.containers.list(all=True)
    assert [] == list(leftovers.records().iterdir())
