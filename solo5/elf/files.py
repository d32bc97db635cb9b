# SPDX-License-Identifier: ISC
"""Files as command lines name them: `-` is standard input or output.

What cannot be read or written is the user's mistake, one line.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from solo5 import scratch
from solo5.errors import UsageError

__all__ = ["read", "require_apart", "write"]


def read(name: str) -> bytes:
    """Return all bytes of a file. Raises UsageError with its name."""
    try:
        if name != "-":
            return Path(name).read_bytes()
        with os.fdopen(0, "rb", closefd=False) as stream:
            return stream.read()
    except OSError as cause:
        message = f"{_shown(name, 'input')}: {cause.strerror}"
        raise UsageError(message) from cause


def require_apart(source: str, output: str) -> None:
    """Raise UsageError if what is written would take the place of what it is made of, or can be no file."""
    if not output or output.endswith("/"):
        message = f"{output!r}: a file expected"
        raise UsageError(message)
    with contextlib.suppress(OSError):
        if "-" not in (source, output) and Path(source).samefile(output) and Path(source).is_file():
            message = f"{output}: is the source, too; name another output"
            raise UsageError(message)


def write(name: str, content: bytes) -> None:
    """Write a file, whole or not at all; leave it alone if it is so already.

    Raises UsageError with its name.
    """
    try:
        if name == "-":
            _write_stdout(content)
        else:
            _write_file(Path(name), content)
    except OSError as cause:
        message = f"{_shown(name, 'output')}: {cause.strerror}"
        raise UsageError(message) from cause


def _shown(name: str, direction: str) -> str:
    return f"standard {direction}" if name == "-" else name


def _write_stdout(content: bytes) -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
    # Not through sys.stdout: it would complain again when Python ends.
    with os.fdopen(1, "wb", closefd=False, buffering=0) as stream:
        rest = memoryview(content)
        while rest:
            rest = rest[stream.write(rest) :]


def _write_file(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):
        if path.is_file() and path.read_bytes() == content:
            return
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a device or a pipe
        return
    # Through links: what they lead to is replaced, not the link.
    path = Path(os.path.realpath(path))
    with scratch.replacing(path) as unfinished:
        unfinished.write_bytes(content)
