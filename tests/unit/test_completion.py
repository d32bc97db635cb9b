# SPDX-License-Identifier: ISC
"""Tab completion, as real shells do it."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from solo5 import commands, debian
from solo5.facts import tree

_DEADLINE_S = 60.0


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Make a folder with the programs, as an installation has them."""
    for name, module in (("solo5", "solo5.cli"), ("solo5-elftool", "solo5.elf.elftool")):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
        program.chmod(0o755)
    return tmp_path


def _environment(programs: Path) -> dict[str, str]:
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(tree().root)}


def _bash(programs: Path, line: str) -> list[str]:
    """Return what bash offers at the end of a line."""
    words = line.split(" ")
    script = f"""
        eval "$(solo5 completion bash)"
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_TYPE=9
        COMP_WORDS=({shlex.join(words)}) COMP_CWORD={len(words) - 1}
        function=$(complete -p {words[0]} | sed -E 's/.*-F ([^ ]+).*/\\1/')
        "$function" {words[0]} {shlex.quote(words[-1])}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=_environment(programs), capture_output=True, text=True, check=True
    )
    assert "" == done.stderr
    return done.stdout.split()


def test_bash_knows_commands_options_and_the_tree(programs: Path) -> None:
    """Commands, their options, architectures, cells, jobs, toolchains, files: all as the parsers have them."""
    assert list(commands.names()) == sorted(_bash(programs, "solo5 "))
    assert ["matrix"] == _bash(programs, "solo5 mat")
    assert {"--cell", "--no-cache", "--compiler"} <= set(_bash(programs, "solo5 matrix --"))
    assert ["--json"] == _bash(programs, "solo5 doctor --j")
    assert list(tree().arch_names) == [name for name in _bash(programs, "solo5 build ") if not name.startswith("-")]
    assert [str(cell) for cell in tree().cells()] == _bash(programs, "solo5 matrix --cell ")
    assert ["host", "container"] == _bash(programs, "solo5 matrix --env ")
    assert list(tree().compiler_names) == _bash(programs, "solo5 build --compiler ")
    assert [f"hello-{cell}" for cell in tree().cells()] == sorted(_bash(programs, "solo5 explain hello-"))
    assert ["query-abi"] == _bash(programs, "solo5-elftool query-a")
    (programs / "app.spt").touch()
    assert [f"{programs}/app.spt"] == _bash(programs, f"solo5 run {programs}/ap")


def test_zsh_completes_what_is_typed(programs: Path) -> None:
    """At a tab, zsh writes the rest of a command and of an option."""
    debian.install(["zsh"])
    environment = {**_environment(programs), "TERM": "dumb", "ZDOTDIR": str(programs), "PS1": "> "}
    (programs / ".zshrc").write_text(
        'autoload -U compinit; compinit -u -D\neval "$(solo5 completion zsh)"\nunset zle_bracketed_paste\n'
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe("zsh", ["zsh", "-i"], environment)  # noqa: S606 - no shell before this one
    try:
        assert "solo5 matrix --no-cache" in _typed(terminal, "solo5 matr\t--no-c\t", "--no-cache")
    finally:
        os.write(terminal, b"\x03exit\n")
        os.close(terminal)
        os.waitpid(pid, 0)


def test_fish_knows_commands_options_and_the_tree(programs: Path) -> None:
    """Fish asks the same parsers, and shows their help beside an option."""
    debian.install(["fish"])
    (programs / "app.spt").touch()

    def offered(line: str) -> list[str]:
        script = f"solo5 completion fish | source; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            ["fish", "--no-config", "-c", script],
            env={**_environment(programs), "HOME": str(programs)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert "" == done.stderr
        return [each.split("\t")[0].strip() for each in done.stdout.splitlines() if each.strip()]

    assert sorted(commands.names()) == sorted(offered("solo5 "))
    assert ["--json"] == offered("solo5 doctor --j")
    assert [str(cell) for cell in tree().cells()] == offered("solo5 matrix --cell ")
    assert ["query-abi"] == offered("solo5-elftool query-a")
    assert [f"{programs}/app.spt"] == offered(f"solo5 run {programs}/ap")


def _typed(terminal: int, keys: str, until: str) -> str:
    """Type at a prompt and return the line as it stands when `until` is in it."""
    said = b""
    deadline = time.monotonic() + _DEADLINE_S
    sent = False
    while time.monotonic() < deadline:
        said += os.read(terminal, 65536)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|.\x08", "", said.decode(errors="replace"))
        if not sent and text.rstrip().endswith((">", "#", "%", "$")):
            os.write(terminal, keys.encode())
            sent = True
        if until in text:
            return text
    raise AssertionError(said)
