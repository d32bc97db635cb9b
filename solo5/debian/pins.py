# SPDX-License-Identifier: ISC
"""Which package files of other architectures we were tested with: pins/<release>/<architecture>.toml.

One table for each package that solo5.debian.foreign asks for. An architecture
without a file is served with the newest packages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

from solo5 import typed
from solo5.debian import releases
from solo5.debian.apt import Package
from solo5.errors import UsageError
from solo5.facts import DataRoot

#: For one architecture: what is asked for, and the package file that answers.
Pins = Mapping[str, Package]

COMMAND: Final = "python -m solo5.debian pin"


@dataclass(frozen=True)
class _File:
    packages: Mapping[str, Package]


def path(of: DataRoot, release: str, arch: str) -> Path:
    """Return where the pins of an architecture are."""
    return releases.folder(of) / release / f"{arch}.toml"


def load(of: DataRoot, release: str, arch: str) -> Pins:
    """Return the pins of one architecture; empty if it has none."""
    file = path(of, release, arch)
    if not file.exists():
        return {}
    try:
        return typed.read(_File, file).packages
    except UsageError as cause:
        message = f"{cause}; write it anew: {COMMAND}"
        raise UsageError(message) from cause


def text(release: str, arch: str, pins: Pins) -> str:
    """Return the file that holds these pins."""
    lines = [
        f"# Debian {release}, {arch}: what is asked for, and the file that answers; the path is the one in the pool.",
        f"# Written by `{COMMAND}`.",
    ]
    for name, pin in sorted(pins.items()):
        lines += ["", f"[packages.{name}]"]
        for key, value in zip(fields(pin), astuple(pin), strict=True):
            lines.append(f"{key.name} = {value}" if isinstance(value, int) else f'{key.name} = "{value}"')
    return "\n".join([*lines, ""])
