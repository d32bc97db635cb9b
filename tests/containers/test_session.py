# SPDX-License-Identifier: ISC
"""Sessions in containers of the tree's own image: the same results, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import docker
import pytest
from conftest import as_other_user, environment

from solo5.env.container import RESULTS, engine, image, run
from solo5.errors import INTERRUPTED
from solo5.facts import tree

_DEADLINE_S = 300.0
_LOOKS = """
import os, pathlib, socket
def writes(path):
    try:
        pathlib.Path(path).write_text("x")
    except OSError as error:
        return type(error).__name__
    return "writes"
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(os.getuid(), os.getgid(), status["CapEff"].strip(), status["NoNewPrivs"].strip())
print([name for _, name in socket.if_nameindex()])
print(*map(writes, ("README.md", "solo5/new.py", "/usr/new", "build/container/new", "/tmp/new")))
os.chmod("README.md", 0o777)
"""


def _matrix(where: str) -> dict[str, Any]:
    root = tree().root
    words = [sys.executable, "-m", "solo5.cli", "matrix", "--no-cache", "--env", where]
    done = subprocess.run(
        words, cwd=root, env=environment(), capture_output=True, text=True, timeout=_DEADLINE_S, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    folder = root / ("build/container" if where == "container" else "build")
    report: dict[str, Any] = json.loads((folder / "report" / "report.json").read_text())
    return report


def test_a_container_gives_the_table_of_the_host() -> None:
    """Every case of every cell ends the same way here and there."""
    here, there = _matrix("host"), _matrix("container")
    # Where a cell runs, and why, depends on what the environment has.
    table, same = [
        [[cell[key] for key in ("target", "arch", "state", "counts")] for cell in each["cells"]]
        for each in (here, there)
    ]
    assert table == same
    assert {each["name"]: each["ending"] for each in here["cases"]} == {
        each["name"]: each["ending"] for each in there["cases"]
    }
    assert "container" == there["environment"]


def test_a_session_has_no_network_no_privilege_and_no_right_to_change_sources(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """It is the caller's user, without capabilities; only build and /tmp can be written."""
    of = tree()
    client = engine.connect()
    status = run.run(client, image.ensure(client, of), ["python3", "-c", _LOOKS], of)
    said = capfdbinary.readouterr()
    ids, interfaces, written = said.out.decode().splitlines()
    assert f"{os.getuid()} {os.getgid()} 0000000000000000 1" == ids
    assert "['lo']" == interfaces
    assert "PermissionError PermissionError OSError writes writes" == written
    # The last line tries to make itself a right; Python's own status for an exception.
    assert 1 == status
    assert b"PermissionError" in said.err
    assert "x" == (of.root / RESULTS / "new").read_text()


def _made(folder: str, names: list[str]) -> set[str]:
    """Return what of a folder of the tree is no source."""
    made = {"build"} if Path(folder) == tree().root else set()
    return {name for name in names if name.startswith(".") or name == "__pycache__"} | made


def test_who_may_use_the_engine_needs_no_other_right(shared_folder: Path) -> None:
    """A user who is not root, has no cache and no tools, builds in a container; what came back is his."""
    of = tree()
    copy = shared_folder / "tree"
    shutil.copytree(of.root, copy, ignore=_made)
    for path in (shared_folder, copy, *copy.rglob("*")):
        os.chown(path, 54321, 54321)
    group = Path("/var/run/docker.sock").stat().st_gid
    words = as_other_user([sys.executable, "-m", "solo5.cli", "build", "aarch64"], group=group)
    # No compiler on PATH: the container is chosen without being asked for.
    tools = shared_folder / "bin"
    tools.mkdir(mode=0o755)
    for name in ("setpriv", "unshare"):
        (tools / name).symlink_to(str(shutil.which(name)))
    env = environment(
        PYTHONPATH=str(copy), HOME=str(shared_folder), PATH=str(tools), SOLO5_CACHE=str(shared_folder / "cache")
    )
    done = subprocess.run(
        [str(shutil.which(words[0])), *words[1:]],
        check=False,
        cwd=copy,
        env=env,
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
    )
    assert 0 == done.returncode, done.stderr
    assert "in a container: not on the host: it lacks" in done.stderr
    built = copy / "build" / "container" / "aarch64" / "tenders" / "spt" / "solo5-spt"
    assert 54321 == built.stat().st_uid


def _ours(client: docker.DockerClient) -> list[str]:
    return [each.name for each in client.containers.list(all=True, filters={"label": "solo5"})]


def _start(client: docker.DockerClient, words: list[str]) -> subprocess.Popen[str]:
    """Start a session in a container and wait until that is at work."""
    process = subprocess.Popen(
        words,
        cwd=tree().root,
        env=environment(),
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + _DEADLINE_S
    while not client.containers.list(filters={"label": "solo5", "status": "running"}):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
    return process


_SESSION = [sys.executable, "-m", "solo5.cli", "matrix", "--env", "container"]


def test_an_interrupted_session_leaves_no_container(tmp_path: Path) -> None:
    """Ctrl-C ends the container too, and what was made for it."""
    client = engine.connect()
    process = _start(client, _SESSION)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=_DEADLINE_S)
    assert INTERRUPTED == process.returncode
    assert "Traceback" not in said
    assert [] == _ours(client)
    assert [] == list(tmp_path.iterdir())


def test_a_killed_nox_takes_its_session_along() -> None:
    """It cannot tell anyone that it dies; the kernel tells its session, which cleans up."""
    client = engine.connect()
    nox = [sys.executable, "-m", "nox", "-s", "matrix", "--", "--env", "container"]
    process = _start(client, nox)
    process.kill()
    process.communicate(timeout=_DEADLINE_S)
    assert [] == _ours(client)


def test_what_a_killed_session_left_the_next_one_removes(tmp_path: Path) -> None:
    """SIGKILL leaves the container behind; whatever starts next, in whatever environment, ends it."""
    client = engine.connect()
    process = _start(client, _SESSION)
    process.kill()
    process.communicate()
    (left,) = _ours(client)
    words = [sys.executable, "-m", "solo5.cli", "build", "--env", "host", "aarch64"]
    done = subprocess.run(words, cwd=tree().root, env=environment(), capture_output=True, text=True, check=False)
    assert 0 == done.returncode
    assert f"removed container {left}, left by a killed session" in done.stderr
    assert [] == _ours(client)
    assert [] == list(tmp_path.iterdir())
