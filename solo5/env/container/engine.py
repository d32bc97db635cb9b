# SPDX-License-Identifier: ISC
"""The container engine: finding it, and its errors in our words.

Any engine that speaks Docker's API, local or not: nothing here or in its
callers relies on files that engine and host share. DOCKER_HOST and the
other variables of docker(1) name another engine than the local one.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Final

import docker
import docker.errors
import requests.exceptions
import urllib3.exceptions

from solo5 import rights
from solo5.errors import MachineError, Solo5Error, ToolMissingError, UsageError
from solo5.rights import Right

_LOCAL: Final = "unix:///var/run/docker.sock"
#: So long may the first answer take, and so long any later one: making an image
#: takes longer, but says something meanwhile.
_FIRST_ANSWER_S: Final = 5
_ANSWER_S: Final = 300
_FULL: Final = "no space left on device"
#: How an engine that looks for a program in an image says that it is not there; not for one of its own.
_BROKEN: Final = re.compile(
    r'exec: "(?!containerd|docker|runc|crun|kata)[^"]+": (executable file not found|stat [^:]+: no such file)'
)
#: Of whom the engine speaks with another version of its API than it has.
_VERSION: Final = re.compile(r"client version \S+ is too (new|old)", re.IGNORECASE)
_OTHER: Final = "Update the engine, or name another one in DOCKER_HOST"
_ADVICE: Final = "start one (apt-get install docker.io; dockerd), or name one in DOCKER_HOST"


class ImageError(ToolMissingError):
    """An image that cannot be used, or cannot be made."""


def address() -> str:
    """Return where the engine is looked for."""
    return os.environ.get("DOCKER_HOST") or _LOCAL


def connect(at: str = "") -> docker.DockerClient:
    """Return the engine; `at` is the address of another than the environment names.

    Raises ToolMissingError if none answers, with what to do.
    """
    try:
        client = docker.DockerClient(at, timeout=_FIRST_ANSWER_S) if at else docker.from_env(timeout=_FIRST_ANSWER_S)
        client.ping()
        client.api.timeout = _ANSWER_S
    except (docker.errors.DockerException, requests.exceptions.RequestException, ValueError) as cause:
        raise _unreachable(cause) from cause
    return client


def _unreachable(cause: BaseException) -> Solo5Error:
    where = address()
    reasons = [each for each in _chain(cause) if isinstance(each, OSError) and each.strerror]
    if any(isinstance(each, PermissionError) for each in reasons):
        lack = rights.obstacle("use it", Right.DAC_OVERRIDE)
        message = "this user may not use it; as root: usermod -aG docker USER, then log in again"
        if os.geteuid() == 0:
            message = f"{lack or rights.within('root may not use it here')}; name another one in DOCKER_HOST"
        return ToolMissingError(f"container engine {where}: {message}")
    if isinstance(cause, docker.errors.InvalidVersion):
        return ToolMissingError(f"container engine {where}: {_one_line(cause)} {_OTHER}")
    if reasons:
        return ToolMissingError(f"container engine {where}: {reasons[0].strerror}; {_ADVICE}")
    if isinstance(cause, docker.errors.DockerException | ValueError) and os.environ.get("DOCKER_HOST"):
        return UsageError(f"DOCKER_HOST={where}: {_one_line(cause)}")
    return ToolMissingError(f"container engine {where}: {_one_line(cause)}; {_ADVICE}")


def _chain(error: BaseException | object) -> Iterator[BaseException]:
    """Yield an error and all that it wraps, in the ways of requests and urllib3."""
    seen: set[int] = set()
    open_: list[object] = [error]
    while open_:
        each = open_.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        open_ += [*each.args, each.__cause__, each.__context__, getattr(each, "reason", None)]


def _one_line(error: BaseException) -> str:
    explained = getattr(error, "explanation", None) or str(error) or type(error).__name__
    return " ".join(str(explained).split())


@contextlib.contextmanager
def speaking(subject: str) -> Iterator[None]:
    """Turn the engine's errors within the block into ours; `subject` begins each message.

    ToolMissingError: the engine's disk is full. ImageError: the image cannot
    be used. MachineError: the engine refused, or went away.
    """
    try:
        yield
    except docker.errors.APIError as cause:
        raise refusal(subject, _one_line(cause)) from cause
    except (
        docker.errors.DockerException,
        requests.exceptions.RequestException,
        urllib3.exceptions.HTTPError,
        ConnectionError,
    ) as cause:
        message = f"{subject}: the container engine {address()} went away; what is left in it, the next start removes"
        raise MachineError(message) from cause


def refusal(subject: str, said: str) -> Solo5Error:
    """Return our error for what an engine said."""
    if _FULL in said.lower():
        return ToolMissingError(f"{subject}: the container engine's disk is full; to make room: docker system prune")
    if _VERSION.search(said):
        return ToolMissingError(f"{subject}: the container engine {address()} said: {said.rstrip('.')}. {_OTHER}")
    if _BROKEN.search(said):
        return ImageError(f"{subject}: the image is broken: {said}; to make it anew: solo5 image --again")
    return MachineError(f"{subject}: the container engine said: {said}")


def remove(name: str, at: str = "") -> None:
    """End and remove a container, whatever state it is in; none of that name is as well.

    `at`: the engine's address, this process' own by default.
    """
    client = connect(at)
    with speaking(f"container {name}"), contextlib.closing(client), contextlib.suppress(docker.errors.NotFound):
        client.api.remove_container(name, force=True, v=True)
