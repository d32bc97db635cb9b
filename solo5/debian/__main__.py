# SPDX-License-Identifier: ISC
"""`python -m solo5.debian pin [--suite NAME]`: write pins/ from what the archive has now."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from solo5 import cli, interrupt, outside, progress, scratch, standard
from solo5.debian import foreign, pins, releases
from solo5.debian.apt import Package
from solo5.errors import ToolMissingError
from solo5.facts import Tree, tree


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status.

    An architecture whose index cannot be had keeps its pins; the status says
    so, and the others are written.
    """
    parser = argparse.ArgumentParser(prog="python -m solo5.debian", description=__doc__)
    parser.add_argument("verb", choices=["pin"], help="write the newest packages of each architecture")
    parser.add_argument("--suite", metavar="NAME", help="of this release instead of this host's, as in trixie")
    asked = parser.parse_args(argv)
    standard.secure()
    interrupt.install()
    with interrupt.careful():
        return cli.ended(outside.telling()(lambda: _pin(asked.suite or releases.host(), tree())))


def _pin(release: str, of: Tree) -> int:
    status = 0
    for arch in of.archs():
        if releases.of_arch(arch, release) != release:
            continue
        try:
            table = dict(foreign.newest(arch, release))
        except ToolMissingError as error:
            progress.warn(f"{release}: pins of {arch.name} stay as they are: {error}")
            status = error.exit_status
            continue
        _write(of, release, arch.name, table)
    _write_release(of, release)
    return status


def _write(of: Tree, release: str, arch: str, table: Mapping[str, Package]) -> None:
    file = pins.path(of, release, arch)
    file.parent.mkdir(parents=True, exist_ok=True)
    with scratch.replacing(file) as unfinished:
        unfinished.write_text(pins.text(release, arch, table))
    for request, package in table.items():
        print(f"{release}: {arch}: {request}: {package}")


def _write_release(of: Tree, release: str) -> None:
    """Write what else is a fact of the release, as the archive has it for this host's architecture."""
    python = foreign.python_version(of, release)
    file = releases.folder(of) / f"{release}.toml"
    with scratch.replacing(file) as unfinished:
        unfinished.write_text(
            f"# Debian {release}. The meaning of each fact: solo5/debian/releases.py. Written by `{pins.COMMAND}`.\n"
            f'python = "{python}"\n'
        )
    print(f"{release}: python {python}")


if __name__ == "__main__":
    sys.exit(main())
