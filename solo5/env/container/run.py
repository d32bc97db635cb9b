# SPDX-License-Identifier: ISC
"""Runs a session in a container: the same `solo5` command, on a copy of the tree.

The container has the tree's sources, which it cannot change, and a build
folder of its own; no network, no privilege, and the user who calls. What it
built and reports comes back into build/container. Nothing is shared with the
engine's host, so it need not be this one.

Its name says whose it is: a container whose owner is gone, the next start
removes (solo5.env.container.leftovers).
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, TextIO

import docker
import docker.types

from solo5 import interrupt, ours, progress, scratch
from solo5.env.container import RESULTS, engine, leftovers
from solo5.errors import MachineError
from solo5.facts import BUILD_VARIABLE, Tree
from solo5.places import SNAPSHOTS_VARIABLE

#: Root's, and nobody else's, to change.
_SOURCE_OWNER: Final = 65534
_MADE_HERE: Final = "build"
_CACHE_NAME: Final = "__pycache__"
_PASSED_ON: Final = ("CI", "NO_COLOR", SNAPSHOTS_VARIABLE, progress.VERBOSE_VARIABLE, "TERM")
#: 128 + SIGKILL and SIGTERM: none of our commands ends so by itself.
_KILLED: Final = (137, 143)


def run(client: docker.DockerClient, image: str, argv: Sequence[str], of: Tree) -> int:
    """Run a command in a new container, on a copy of the tree; return its exit status.

    Output goes where ours goes, results to build/container. However it ends,
    no container stays. Raises MachineError if the engine goes away.
    """
    name = f"solo5-{scratch.owner()}"
    subject = f"container {name}"
    with leftovers.recorded(name), engine.speaking(subject):
        # Of a request that was given up, nobody knows whether it is done later.
        with interrupt.undisturbed():
            container = client.containers.create(image, list(argv), **_settings(name, of))
        container.put_archive(str(of.checkout.root), _sources(of))
        status = _follow(container)
        _take_results(container, of)
    return status


def _settings(name: str, of: Tree) -> dict[str, Any]:
    terminal = sys.stdout.isatty()
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    if terminal:
        columns, lines = shutil.get_terminal_size()
        environment |= {"COLUMNS": str(columns), "LINES": str(lines)}
    return {
        "name": name,
        "user": f"{os.getuid()}:{os.getgid()}",
        "working_dir": str(of.checkout.root),
        "environment": {**environment, "HOME": "/tmp", BUILD_VARIABLE: RESULTS},  # noqa: S108 - its own
        "network_mode": "none",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "read_only": True,
        "tmpfs": {"/tmp": "exec"},  # noqa: S108 - the same
        # Without a name, it goes with the container. Where the tree is here, it
        # is there: paths in messages are true in both.
        "volumes": [str(of.checkout.root)],
        "tty": terminal,
        "labels": {"solo5": "session"},
        # What it says goes to us, not into a file of the engine.
        "log_config": docker.types.LogConfig(type="none"),
    }


def _sources(of: Tree) -> bytes:
    """Return the tree as an archive: everything but what is built or hidden."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        _add(archive, of.checkout.root, "")
        for path in sorted(of.checkout.root.iterdir()):
            if path.name not in {_MADE_HERE, _CACHE_NAME} and not path.name.startswith("."):
                _add(archive, path, path.name)
        for name in (_MADE_HERE, RESULTS):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            entry.uid, entry.gid = os.getuid(), os.getgid()
            archive.addfile(entry)
    return made.getvalue()


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file, or a folder and all that is in it; the tree's own folder alone."""
    archive.add(path, name or ".", recursive=bool(name), filter=_source)


def _source(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if PurePosixPath(entry.name).name == _CACHE_NAME:
        return None
    entry.uid = entry.gid = _SOURCE_OWNER
    entry.uname = entry.gname = ""
    entry.mode = 0o555 if entry.isdir() or entry.mode & 0o100 else 0o444
    return entry


def _follow(container: Any) -> int:  # noqa: ANN401 - docker-py declares no types
    """Start it, pass on what it says, and return how it ended."""
    terminal = sys.stdout.isatty()
    stream = container.attach(stream=True, stdout=True, stderr=True, demux=not terminal)
    with interrupt.waiting():
        container.start()
        for said in stream:
            # A terminal is one stream.
            out, error = (said, None) if terminal else said
            _pass_on(out, sys.stdout)
            _pass_on(error, sys.stderr)
        status = int(container.wait()["StatusCode"])
    if status in _KILLED:
        message = f"container {container.name}: killed: its engine stops, or its memory is used up; run it again"
        raise MachineError(message)
    return status


def _pass_on(said: bytes | None, to: TextIO) -> None:
    if said:
        to.buffer.write(said)
        to.flush()


def _take_results(container: Any, of: Tree) -> None:  # noqa: ANN401 - the same
    """Replace build/container by the container's."""
    chunks, _ = container.get_archive(f"{of.checkout.root}/{RESULTS}")
    target = of.checkout.root / RESULTS
    with scratch.folder("results") as folder:
        archive = folder / "results.tar"
        with archive.open("wb") as file:
            file.writelines(chunks)
        ours.make_build_root(of)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        with tarfile.open(archive) as opened:
            for entry in _ours(opened):
                opened.extract(entry, target.parent)


def _ours(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield what may be unpacked: plain files and folders below the archive's own."""
    for entry in archive:
        path = PurePosixPath(entry.name)
        if path.is_absolute() or ".." in path.parts or not (entry.isfile() or entry.isdir()):
            continue
        entry.uid, entry.gid = os.getuid(), os.getgid()
        entry.mode &= 0o755
        yield entry
