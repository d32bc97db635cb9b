# SPDX-License-Identifier: ISC
"""A target that no tender runs is new files only: a kind of launcher, facts, a folder, and guests."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from solo5 import launch, places, proc
from solo5.errors import UsageError
from solo5.facts import Target, Tree, tree

#: Starts guests on an emulator of this host's, and takes the guest's status from a device of it.
LAUNCHER = """
import dataclasses
from solo5.facts import Tree
from solo5.places import Needs

class Emulator:
    program = "qemu-system-x86_64"
    uses_hypervisor = False

    def programs(self, built):
        return {}

    def plain_command(self, words):
        return (f"/usr/bin/{self.program}", *words)

    def command(self, launch):
        machine = ("-machine", "pc", "-accel", "tcg", "-m", str(launch.mem_mb or 16), "-nodefaults", "-display", "none")
        ends = ("-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-serial", "stdio")
        return self.plain_command((*machine, *ends, "-kernel", launch.guest, "-append", " ".join(launch.args)))

    def needs(self, built):
        return Needs(built.arch, host_programs=True)

    def guest_outcome(self, outcome):
        # The device ends the emulator with 2 * status + 1; without it, the guest was lost.
        status = outcome.status >> 1 if outcome.status is not None and outcome.status & 1 else 255
        return dataclasses.replace(outcome, status=status)

    def looks_like(self, end):
        return 255

def launcher(target, at):
    return Emulator()
"""
FACTS = """
abi = 77
versions = [1]

[emulator]
"""
#: A PVH kernel (Xen's docs/misc/pvh): says its variant on the first serial port, and ends.
GUEST = """
import struct

ENTRY = 0x100000

def code(variant):
    said = b"".join(b"\\xb0" + bytes([byte]) + b"\\xee" for byte in f"{variant}\\n".encode())
    ends = {"three": b"\\xb0\\x03\\xba\\xf4\\0\\0\\0\\xee", "lost": b"\\x0f\\x0b"}
    # mov $0x3f8, %edx; for each byte: mov $byte, %al; out %al, (%dx)
    return b"\\xba\\xf8\\x03\\0\\0" + said + ends[variant] + b"\\xf4\\xeb\\xfd"

def make(arch, target, variant):
    text = code(variant)
    note = struct.pack("<III4sI", 4, 4, 18, b"Xen", ENTRY)
    head = 52 + 2 * 32
    size = head + len(note)
    header = struct.pack("<16sHHIIIIIHHHHHH", b"\\x7fELF\\1\\1\\1", 2, 3, 1, ENTRY, 52, 0, 0, 52, 32, 2, 0, 0, 0)
    load = struct.pack("<IIIIIIII", 1, size, ENTRY, ENTRY, len(text), len(text), 7, 4)
    notes = struct.pack("<IIIIIIII", 4, head, 0, 0, len(note), len(note), 4, 4)
    return header + load + notes + note + text
"""
CASES = """
[[case]]
name = "three"
about = "Its status is the guest's own."
variant = "three"
expect = {status = 3, stdout = "three\\n"}

[[case]]
name = "lost"
about = "A guest that is lost looks as this kind says."
variant = "lost"
expect = {end = "fault", stdout = "lost\\n"}

[[case]]
name = "wrong"
about = "A verdict is given: this one is wrong."
variant = "three"
expect = {status = 0}
"""


@pytest.fixture
def copy(tmp_path: Path) -> Tree:
    """Return a tree with a target more, and one guest."""
    for name in ("toolchains", "solo5"):
        shutil.copytree(tree().root / name, tmp_path / name)
    # What is built is there already.
    (tmp_path / "build").symlink_to(tree().build_root)
    guest = tmp_path / "tests" / "guests" / "bare"
    for path, text in (
        (tmp_path / "solo5" / "launch" / "emulator.py", LAUNCHER),
        (tmp_path / "toolchains" / "target" / "bare.toml", FACTS),
        (guest / "bare.py", GUEST),
        (guest / "cases.toml", CASES),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "bindings" / "arch" / "x86_64" / "bare").mkdir(parents=True)
    return Tree(tmp_path)


def test_a_guest_without_a_tender_boots_and_is_judged(copy: Tree) -> None:
    """On an emulator: its output, its status, its being lost, and a case that does not hold, each as told."""
    arch = tree().host_arch()
    if arch is None or arch.name != "x86_64":
        pytest.skip("the guest's bytes are for x86_64")
    obstacle = places.kind(places.choose(places.Needs(arch)).place).obstacle(places.Needs(arch, host_programs=True))
    if obstacle is not None:
        pytest.skip(obstacle)
    results = copy.root / "results.json"
    words = ["-p", "solo5.matrix.plugin", "-p", "no:cacheprovider", "-o", "addopts=", "--rootdir", str(copy.root)]
    words += ["--cell", f"bare-{arch.name}", "--solo5-results", str(results), str(copy.checkout.guests)]
    done = proc.run(
        [sys.executable, "-m", "pytest", *words],
        kind=proc.Kind.OURS,
        cwd=copy.root,
        env={"PYTHONPATH": str(copy.root), "PYTEST_ADDOPTS": ""},
        deadline_s=60,
    )
    found: list[dict[str, Any]] = json.loads(results.read_text())
    endings = {each["case"]: (each["ending"], each["detail"]) for each in found}
    expected = {
        "three": ("passed", []),
        "lost": ("passed", []),
        "wrong": ("failed", ["ended with status 3, expected status 0"]),
    }
    assert expected == endings, done.stdout.decode()


@pytest.mark.parametrize(
    ("launcher", "complaint"),
    [
        (None, "no table of a launcher; known launchers: "),
        ("rocket", "table 'rocket', which is not known; known launchers: "),
    ],
)
def test_a_target_that_nothing_starts_is_one_line(launcher: str | None, complaint: str) -> None:
    """Facts without a launcher, or with one that is not there, name the file and the known ones."""
    with pytest.raises(UsageError) as raised:
        launch.of(Target("moon", 99, (1,), launcher), tree())
    file = tree().root / "toolchains" / "target" / "moon.toml"
    assert str(raised.value) == f"{file}: {complaint}" + ", ".join(launch.names())


def test_every_cell_has_a_launcher() -> None:
    """What can be built can be started."""
    for cell in tree().cells():
        assert launch.of(tree().target(cell.target), tree()).program
