# SPDX-License-Identifier: ISC
"""Virtual machines: their own failures are told apart from their guests', and nothing of them stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from solo5 import debian
from solo5.agent.job import Job
from solo5.builder import Built, build
from solo5.debian import Kernel
from solo5.errors import DeadlineError, MachineError, ToolMissingError
from solo5.facts import Arch, tree
from solo5.matrix.programs import Programs
from solo5.places.vm import qemu
from solo5.places.vm.machine import Machine

_ARCH: Arch = tree().archs()[0]


@pytest.fixture(scope="module")
def built() -> Built:
    """Return what is built for the architecture of these machines."""
    return build(_ARCH)


def _start(built: Built, agent: Path | None = None, kernel: Kernel | None = None, **rest: object) -> Machine:
    files = {"/probe": Programs(built).probe}
    return Machine.start(_ARCH, kernel or debian.kernel(_ARCH), agent or built.agent, files, **rest)  # type: ignore[arg-type]


def _leftovers(temporary: Path) -> list[Path]:
    return list(temporary.glob("solo5-vm-*"))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that machines make their own folders in."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_crash_of_the_machine_is_not_the_guests(built: Built, temporary: Path) -> None:
    """A kernel that panics under a job is a MachineError with the console's last lines; closing leaves nothing."""
    opened = _start(built)
    assert "status 0" == opened.run(Job(argv=("/probe", "exit", "0"))).describe()
    with pytest.raises(MachineError) as caught:
        opened.run(Job(argv=("/probe", "panic")))
    assert f"vm {_ARCH.name}" in str(caught.value)
    assert "panic" in str(caught.value)
    with pytest.raises(MachineError):
        opened.run(Job(argv=("/probe", "exit", "0")))
    opened.close()
    opened.close()
    assert [] == _leftovers(temporary)


def test_what_a_guest_writes_to_a_disk_stays(built: Built, temporary: Path) -> None:
    """A disk is /dev/vda, as large as its file, and keeps what was written after the machine has gone."""
    disk = temporary / "disk.img"
    disk.write_bytes(bytes(1 << 20))
    opened = _start(built, disks=[disk])
    assert b"No space left on device\n" == opened.run(Job(argv=("/probe", "fill", "/dev/vda"))).stdout
    opened.close()
    assert 1 << 20 == disk.stat().st_size
    assert [] == _leftovers(temporary)


def test_a_boot_that_hangs_meets_its_deadline(built: Built, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that never answers is ended, and the phase is named."""
    monkeypatch.setattr(qemu, "BOOT_DEADLINE_S", 3.0)
    stock = debian.kernel(_ARCH)
    # Its head is a kernel's, its code is not.
    image = temporary / "kernel"
    image.write_bytes(stock.image.read_bytes()[:4096] + bytes(1 << 20))
    with pytest.raises(DeadlineError, match=f"vm {_ARCH.name}: boot"):
        _start(built, kernel=Kernel(image, stock.modules, "none", "0", ""))
    assert [] == _leftovers(temporary)


def test_a_first_process_that_ends_is_the_machines_failure(built: Built, temporary: Path) -> None:
    """A panic at boot is a MachineError that shows the console."""
    with pytest.raises(MachineError) as caught:
        _start(built, agent=Programs(built).probe)
    assert "boot" in str(caught.value)
    assert "console: " in str(caught.value)
    assert [] == _leftovers(temporary)


def test_a_missing_qemu_names_its_package(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program, the line has the command that installs it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissingError, match=f"apt-get install {_ARCH.vm.package}"):
        _start(built)
