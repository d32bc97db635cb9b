# SPDX-License-Identifier: ISC
"""What messages tell people to repeat can be pasted into a shell, whatever the path."""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

import pytest

from solo5 import proc
from solo5.bench import peer
from solo5.builder import meson
from solo5.errors import BuildError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import tree

_NAMES = ["a b", "it's", 'say "x"', "-n", "$HOME;`x`", "ünï", "*?[a]", "new\nline", "\\"]


@pytest.fixture(params=_NAMES)
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a folder of an odd name, in one that begins with a dash."""
    folder = tmp_path / "-x" / str(request.param)
    folder.mkdir(parents=True)
    return folder


def _pasted(error: Solo5Error, after: str) -> subprocess.CompletedProcess[str]:
    """Paste into a shell, elsewhere, what a message says after some words."""
    _, _, command = str(error).partition(after)
    assert command
    return subprocess.run(["sh"], cwd="/", input=command, capture_output=True, text=True, check=False)


def test_a_program_that_failed_is_repeated(odd: Path) -> None:
    """With the same words, so that it fails in the same way."""
    with pytest.raises(ToolMissingError) as raised:
        proc.run(["sh", "-c", 'printf "%s|" "$@" >&2; exit 9', "sh", odd, odd.name], error=ToolMissingError)
    done = _pasted(raised.value, "; to repeat: ")
    assert (9, f"{odd}|{odd.name}|") == (done.returncode, done.stderr)


def test_a_build_step_that_failed_is_repeated(odd: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """From any folder, in the build's own environment, with the same complaint."""
    meson_fails = functools.partial(meson._meson, words=["install", "-C", str(odd)])  # noqa: SLF001 - as a build does
    for step in (meson._ninja, meson_fails):  # noqa: SLF001 - the same
        with pytest.raises(BuildError) as raised:
            step(tree(), odd)
        said = capfd.readouterr().err.strip()
        done = _pasted(raised.value, "; to repeat: ")
        assert said == (done.stdout + done.stderr).strip()
        assert done.returncode not in {0, 126, 127}


def test_a_peers_tender_is_made_executable(odd: Path) -> None:
    """The command that mends it does."""
    cell = next(cell for cell in tree().cells() if tree().arch(cell.arch).is_host)
    tender = odd / peer.parts(cell, tree())[0]
    tender.parent.mkdir(parents=True)
    tender.touch(0o644)
    with pytest.raises(UsageError) as raised:
        peer.find(odd, cell, tree())
    assert 0 == _pasted(raised.value, "; to make it so: ").returncode
    assert os.access(tender, os.X_OK)
