# SPDX-License-Identifier: ISC
"""Versions of QEMU: what is there is asked once, and what is known to go wrong is refused."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from solo5 import debian, doctor
from solo5.debian import foreign
from solo5.errors import ToolMissingError
from solo5.facts import Arch, tree
from solo5.facts.arch import Misfit
from solo5.places.vm import emulator
from solo5.places.vm.machine import Machine

_PAIR = Misfit("10.0", "6.12", "it hung")


@pytest.fixture
def arch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Arch:
    """Return an architecture whose QEMU is a program that counts how often it is asked for its version."""
    program = tmp_path / "qemu-system-test"
    program.write_text(f"#!/bin/sh\necho x >> {tmp_path}/asked\necho 'QEMU emulator version 7.2.22 (Debian 1:7.2)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    some = tree().archs()[0]
    return dataclasses.replace(some, vm=dataclasses.replace(some.vm, program=program.name, misfits=(_PAIR,)))


@pytest.mark.parametrize(
    ("known", "least", "expected"),
    [
        ("7.2.22", "7.2", True),
        ("7.2.22", "10.0", False),
        ("10.0.2", "10.0", True),
        ("10.0", "10.0.2", False),
        ("6.12.118-1", "6.12", True),
        ("6.1.192-2", "6.12", False),
        ("7.2.22", None, False),
    ],
)
def test_versions_are_numbers(known: str, least: str | None, expected: bool) -> None:  # noqa: FBT001 - of a table
    """10 is later than 7, and 6.12 later than 6.1; without a least version, none is late enough."""
    assert expected == emulator.at_least(known, least)


def test_a_version_is_asked_once(arch: Arch, tmp_path: Path) -> None:
    """However often it is wanted, the program is started for it once."""
    assert ["7.2.22", "7.2.22"] == [emulator.version(emulator.find(arch)) for _ in range(2)]
    assert "x\n" == (tmp_path / "asked").read_text()


def test_what_is_no_qemu_is_named(tmp_path: Path) -> None:
    """A program that does not say its version is an error with the command that shows so."""
    program = tmp_path / "odd"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(ToolMissingError, match=r"odd: does not say its version; .* --version"):
        emulator.version(program)


@pytest.mark.parametrize(
    ("qemu", "kernel", "refused"),
    [("7.2.22", "6.12.118-1", True), ("7.2.22", "6.1.192-2", False), ("10.0.2", "6.12.118-1", False)],
)
def test_pairs_that_go_wrong_are_refused(
    arch: Arch,
    qemu: str,
    kernel: str,
    refused: bool,  # noqa: FBT001 - of a table
) -> None:
    """Only an old QEMU with a new kernel is; the line names both versions, what was seen, and what to use."""
    expected = (
        f"qemu-system-test {qemu} with kernel {kernel}: it hung; use QEMU 10.0 or later, or a kernel before 6.12"
        if refused
        else None
    )
    assert expected == emulator.refusal(arch, qemu, kernel)


def test_no_machine_starts_with_such_a_pair(arch: Arch) -> None:
    """It is refused before anything of it is started or read."""
    kernel = debian.Kernel(Path("/none"), Path("/none"), "linux-image-x", "6.12.118-1", "")
    with pytest.raises(ToolMissingError, match=r"7\.2\.22 with kernel 6\.12\.118-1: it hung"):
        Machine.start(arch, kernel, Path("/none"), {})


def test_the_known_pair_is_refused() -> None:
    """QEMU of Debian 12 with Debian 13's kernel on x86_64, which crashed; neither with the other's."""
    x86_64 = tree().arch("x86_64")
    assert emulator.refusal(x86_64, "7.2.22", "6.12.118-1") is not None
    assert emulator.refusal(x86_64, "7.2.22", "6.1.192-2") is None
    assert emulator.refusal(x86_64, "10.0.8", "6.12.118-1") is None
    assert emulator.refusal(tree().arch("aarch64"), "7.2.22", "6.12.118-1") is None


def test_doctor_says_what_a_later_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an old QEMU, one line an architecture names what is missing and from which version on it is there."""
    monkeypatch.setattr(emulator, "find", lambda _: Path("/qemu"))
    monkeypatch.setattr(emulator, "version", lambda _: "7.2.22")
    # No kernel, so none that does not go with it.
    monkeypatch.setattr(foreign, "cached", lambda *_: None)
    found = {each.subject: each for each in doctor.examine(tree()) if each.subject.startswith("QEMU for ")}
    assert ("ok", "") == (found["QEMU for aarch64"].state, found["QEMU for aarch64"].disables)
    expected = {
        "ppc64le": "machines that start from a saved state (QEMU 10.0 or later)",
        "x86_64": "hardware breakpoints and watchpoints in guests of a nested virtual machine (QEMU 10.0 or later)",
    }
    for arch, lacks in expected.items():
        assert f"absent   QEMU for {arch}: 7.2.22; disables: {lacks}" == str(found[f"QEMU for {arch}"])
