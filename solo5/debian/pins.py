# SPDX-License-Identifier: ISC
"""ci/debian.toml: which package files of other architectures we were tested with.

One table for each architecture of the tree, one line in it for each package
that solo5.debian.foreign asks for. An architecture without a table is served
with the newest packages.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from solo5.debian.apt import Package
from solo5.errors import UsageError
from solo5.facts import Tree

#: For one architecture: what is asked for, and the package file that answers.
Pins = Mapping[str, Package]

COMMAND = "python -m solo5.debian pin"

_HEAD = f"""\
# Debian packages of each architecture that test machines boot and host programs
# are linked with: what is asked for, and the file that answers.
# Written by `{COMMAND}`.
"""


def path(at: Tree) -> Path:
    """Return where the tree keeps its pins."""
    return at.root / "ci" / "debian.toml"


def load(at: Tree, arch: str) -> Pins:
    """Return the pins of one architecture; empty if it has none."""
    file = path(at)
    try:
        table = tomllib.loads(file.read_text()).get(arch, {})
        return {name: Package(**values) for name, values in table.items()}
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, TypeError, AttributeError) as cause:
        message = f"{file}: {cause}; write it anew: {COMMAND}"
        raise UsageError(message) from cause


def text(every: Mapping[str, Pins]) -> str:
    """Return the file that holds these pins, by architecture."""
    lines = [_HEAD]
    for arch, pins in sorted(every.items()):
        lines.append(f"[{arch}]")
        lines += [
            f'{name} = {{ package = "{pin.package}", version = "{pin.version}", sha256 = "{pin.sha256}" }}'
            for name, pin in sorted(pins.items())
        ]
        lines.append("")
    return "\n".join(lines)
