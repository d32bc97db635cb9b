# SPDX-License-Identifier: ISC
"""What deployment tools and programs in the field take for granted of what is installed."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from solo5 import launch
from solo5.builder import build
from solo5.builder.meson import install
from solo5.builder.prefix import elftool
from solo5.errors import ToolMissingError
from solo5.facts import Arch, Target, tree
from solo5.matrix.programs import Programs

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


_MANIFEST = '{"type": "solo5.manifest", "version": 1, "devices": [{"name": "disk", "type": "BLOCK_BASIC"}]}'


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every architecture installed, this host's first and last."""
    folder = tmp_path_factory.mktemp("prefix")
    for arch in (*_HERE, *tree().archs(), *_HERE):
        install(arch, folder)
    return folder


def test_every_architecture_keeps_its_programs_in_one_prefix(prefix: Path) -> None:
    """Programs of this host's architecture have their plain names, those of others theirs before; none is lost."""
    for arch in tree().archs():
        for _, tender in _tenders(arch):
            installed = prefix / "bin" / (tender.name if arch.is_host else f"{arch.name}-{tender.name}")
            machine = int.from_bytes(installed.read_bytes()[18:20], "little")
            assert arch.elf.machine == machine
        assert (prefix / "bin" / f"{arch.toolchain}-cc").exists()


def test_installed_scripts_start_on_any_system(prefix: Path, tmp_path: Path) -> None:
    """Their first lines need a shell, not an env with options; a name with spaces, a link and any folder do."""
    scripts = [path for path in (prefix / "bin").iterdir() if path.read_bytes().startswith(b"#!")]
    assert {f"{arch.toolchain}-{tool}" for arch in tree().archs() for tool in ("cc", "ld", "objcopy")} < {
        path.name for path in scripts
    }
    for path in scripts:
        if path.name != "solo5-elftool":
            # Other people's build hosts may be older than ours.
            ast.parse(path.read_text(), feature_version=(3, 6))
    moved = shutil.copytree(prefix, tmp_path / "a b" / "pre'fix $HOME")
    for path in scripts:
        assert b"#!/bin/sh\n" == path.read_bytes()[:10]
        link = tmp_path / path.name
        link.symlink_to(moved / "bin" / path.name)
        for words in ([path], [moved / "bin" / path.name], [link], ["/bin/sh", link]):
            done = subprocess.run([*words, "--help"], cwd="/", capture_output=True, text=True, check=False)
            assert (0, "", True) == (done.returncode, done.stderr, done.stdout != "")


def _pythons() -> list[str]:
    names = ("python3.11", "python3.12", "python3.13")
    found = [name for name in names if shutil.which(name)]
    return [
        name for name in found if subprocess.run([name, "-c", ""], capture_output=True, check=False).returncode == 0
    ]


@pytest.mark.parametrize("python", ["", *_pythons()])
def test_the_installed_elftool_needs_python_only(python: str, prefix: Path, tmp_path: Path) -> None:
    """One file that does all verbs, copied anywhere, from any folder, with no module of anybody else."""
    tool = shutil.copy2(prefix / "bin" / "solo5-elftool", tmp_path / "tool")
    words = [python, "-IS", tool] if python else [tool]
    (tmp_path / "m.json").write_text(_MANIFEST)
    file = Programs(build(tree().archs()[0])).guest("hello", tree().targets()[0])
    arch = tree().arch_names[0]
    for asked in (
        ["gen-manifest", "m.json", "m.c"],
        ["gen-manifest", "--object", "--arch", arch, "m.json", "m.o"],
        ["query-manifest", file],
        ["query-abi", file],
    ):
        env = {"PATH": os.environ["PATH"]}
        done = subprocess.run([*words, *asked], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr)
    assert tree().targets()[0].name == json.loads(done.stdout)["target"]
    assert {"tool", "m.json", "m.c", "m.o"} == {path.name for path in tmp_path.iterdir()}


def test_the_installed_elftool_has_the_same_bytes_again(prefix: Path) -> None:
    """It is made of the sources alone, whenever that is."""
    assert elftool(tree()) == (prefix / "bin" / "solo5-elftool").read_bytes()


def test_a_prefix_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Neither a traceback nor Meson's words: the folder, the cause, and what to do; status 3."""
    (tmp_path / "file").touch()
    with pytest.raises(ToolMissingError, match=r"not installed whole: .*/file/prefix/bin: Not a directory; mend that"):
        install(tree().archs()[0], tmp_path / "file" / "prefix")
