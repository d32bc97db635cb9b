# SPDX-License-Identifier: ISC
"""What deployment tools and programs in the field take for granted of what is installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from solo5 import launch
from solo5.builder import build
from solo5.facts import Arch, Target, tree

_HERE = [each for each in tree().archs() if each.is_host]


def _tenders(arch: Arch) -> list[tuple[Target, Path]]:
    built = build(arch)
    targets = [tree().target(cell.target) for cell in tree().cells() if cell.arch == arch.name]
    programs = [(target, launch.of(target, tree()).program_in(built)) for target in targets]
    debug = [(target, path.with_name(f"{path.name}-debug")) for target, path in programs]
    return [each for each in (*programs, *debug) if each[1].exists()]


@pytest.mark.parametrize("arch", _HERE, ids=lambda arch: arch.name)
def test_a_deployment_tool_finds_the_abi_versions(arch: Arch) -> None:
    """Both streams merged, lines split at spaces: each version is a line of exactly three words; status 0."""
    for target, tender in _tenders(arch):
        done = subprocess.run(
            [tender, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
        )
        words = [line.split(" ") for line in done.stdout.splitlines()]
        assert [["ABI", "version", str(version)] for version in target.versions] == words[1:]
        assert tender.name == words[0][0]
