# SPDX-License-Identifier: ISC
"""An installed package: what it can without a checkout, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from solo5 import launch
from solo5.builder import build
from solo5.elf import sample
from solo5.errors import ToolMissingError
from solo5.facts import Arch, tree

_CELL = tree().cells()[0]
#: Of the module that owns where they are, and of the one that knows where they are built.
_OWNERS = {"facts/data.py", "matrix/programs.py"}
_READS = re.compile(r"""/ ["'](tests|ci)["']|["'](tests|ci)/""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds what is installed: the package, with its data in it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(tree().root / "solo5", folder / "solo5", ignore=shutil.ignore_patterns("__pycache__"))
    data = folder / "solo5" / "data"
    for name in ("toolchains", "pins"):
        if (tree().root / name).exists():
            shutil.copytree(tree().root / name, data / name)
    cells = data / "toolchains" / "cell"
    cells.mkdir(exist_ok=True)
    for cell in tree().cells():
        (cells / f"{cell}.toml").touch()
    return folder


def _solo5(site: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the installed command, and fail if it looks for a file of tests or ci."""
    code = (
        "import sys\n"
        "def look(event, args):\n"
        "    if event == 'open' and isinstance(args[0], str):\n"
        f"        inside = args[0].removeprefix({str(site)!r})\n"
        "        assert inside == args[0] or not {'tests', 'ci'} & set(inside.split('/')), args[0]\n"
        "sys.addaudithook(look)\n"
        "from solo5 import cli\n"
        "sys.exit(cli.main())\n"
    )
    env = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    argv = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(argv, cwd=site, env=env, capture_output=True, text=True, check=False)


def test_help_and_version(site: Path) -> None:
    """They need no data at all."""
    shown = _solo5(site, "--help")
    assert (0, "") == (shown.returncode, shown.stderr)
    assert "  explain " in shown.stdout
    assert 0 == _solo5(site, "--version").returncode


def test_elftool_reads_and_writes(site: Path, tmp_path: Path) -> None:
    """The tool for other people's builds works in whole."""
    arch, target = tree().arch(_CELL.arch), tree().target(_CELL.target)
    source, made, guest = tmp_path / "manifest.json", tmp_path / "manifest.o", tmp_path / "guest"
    source.write_text('{"type": "solo5.manifest", "version": 1, "devices": []}')
    done = _solo5(site, "elftool", "gen-manifest", "--object", "--arch", arch.name, source, made)
    assert (0, "") == (done.returncode, done.stderr)
    assert made.read_bytes().startswith(b"\x7fELF")
    guest.write_bytes(sample.unikernel(arch, target).encode())
    said = _solo5(site, "elftool", "query-abi", guest)
    assert target.name == json.loads(said.stdout)["target"]


@pytest.mark.parametrize("arch", tree().archs(), ids=lambda arch: arch.name)
def test_guests_run(arch: Arch, site: Path) -> None:
    """With what is built beside its facts, it runs guests of every architecture."""
    built = build(arch)
    cells = [cell for cell in tree().cells() if cell.arch == arch.name]
    targets = [tree().target(cell.target) for cell in cells]
    programs = [path for target in targets for path in launch.of(target, tree()).programs(built).values()]
    probes = [built.probe(target) for target in targets]
    for path in (built.agent, *programs, *probes):
        there = site / "solo5" / "data" / arch.name / path.relative_to(built.dir)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, there)
    for probe in probes:
        done = _solo5(site, "run", site / "solo5" / "data" / arch.name / probe.relative_to(built.dir))
        assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ("explain", f"hello-{_CELL}"),
        ("matrix", "--dry-run"),
        ("build", _CELL.arch),
        ("build", "--native"),
        ("loc",),
        ("bench",),
        ("image",),
        ("tables",),
    ],
    ids=" ".join,
)
def test_what_needs_sources_says_so(words: tuple[str, ...], site: Path) -> None:
    """A verb that cannot be without a checkout is one line, the status of what is missing, and nothing is begun."""
    done = _solo5(site, *words)
    assert (ToolMissingError.exit_status, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines()), done.stderr
    assert "needs a checkout" in done.stderr


def test_the_place_of_tests_and_ci_is_known_once() -> None:
    """No module but their owner's names a path into tests/ or ci/."""
    package = tree().root / "solo5"
    named = {
        str(path.relative_to(package)) for path in sorted(package.rglob("*.py")) if _READS.search(path.read_text())
    }
    assert named <= _OWNERS
