# SPDX-License-Identifier: ISC
"""Saved machines: what is restored is as good as what boots, and what is damaged is not used."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from solo5 import debian, kept, places
from solo5.agent.job import Job, Tap
from solo5.builder import build
from solo5.errors import MachineError
from solo5.facts import Arch, tree
from solo5.matrix.programs import Programs
from solo5.places.vm import emulator, machine, qemu, snapshot
from solo5.places.vm.machine import Machine


def _restores(arch: Arch) -> bool:
    """Tell whether the QEMU of this host restores machines of an architecture."""
    return emulator.at_least(emulator.version(emulator.find(arch)), arch.vm.restores)


_RESTORING = [arch for arch in tree().archs() if _restores(arch)]
_ARCH = _RESTORING[0]


@pytest.fixture(autouse=True)
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of these tests' saved machines."""
    folder = tmp_path / "saved"
    monkeypatch.setattr(snapshot, "root", lambda: folder)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return folder


@pytest.fixture
def boots(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where each boot of a machine is noted."""
    noted: list[str] = []
    wait_booted = qemu.Qemu.wait_booted

    def note(self: qemu.Qemu) -> None:
        noted.append("boot")
        wait_booted(self)

    monkeypatch.setattr(qemu.Qemu, "wait_booted", note)
    return noted


@contextlib.contextmanager
def _started(arch: Arch = _ARCH) -> Iterator[Callable[..., str]]:
    """Yield what runs the probe in a machine, and returns its one line."""
    made = build(arch)
    opened = Machine.start(
        arch, debian.kernel(arch), made.agent, {"deep/er/probe": Programs(made).probe}, snapshots=True
    )

    def run(*words: str, **rest: object) -> str:
        outcome = opened.run(Job(argv=("/deep/er/probe", *words), **rest))  # type: ignore[arg-type]
        assert "status 0" == outcome.describe()
        return outcome.stdout.decode().strip()

    with contextlib.closing(opened):
        yield run


def _snapshots(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()]


@pytest.mark.parametrize("arch", _RESTORING, ids=lambda arch: arch.name)
def test_restored_machines_are_as_good_as_booted_ones(arch: Arch, boots: list[str], saved: Path) -> None:
    """One boot serves two at once: files, clock, timers and taps work, and each draws numbers of its own."""
    with _started(arch) as one, _started(arch) as two:
        assert ["boot"] == boots
        assert 2 > abs(float(one("clock")) - time.time())
        assert one("draw") != two("draw")
        assert "processes 2 files 0 interfaces 1" == two("see", taps=(Tap("tap0"),))
    (folder,) = _snapshots(saved)
    assert folder.name.startswith(f"{arch.name}-256-")


def test_what_one_machine_does_the_next_does_not_see(boots: list[str]) -> None:
    """A panic in a restored machine is its own: the saved one is as it was."""
    with _started() as run, pytest.raises(MachineError, match="panic"):
        run("panic")
    with _started() as run:
        run("exit", "0")
    assert ["boot"] == boots


@pytest.mark.parametrize("file", ["ram", "state", pytest.param(kept.SEAL, id="seal.json")])
def test_a_damaged_one_is_removed_and_the_machine_boots(
    file: str, boots: list[str], saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says so, the job runs, and the next start saves a machine again."""
    with _started():
        pass
    (folder,) = _snapshots(saved)
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(content[: len(content) // 2])
    capsys.readouterr()
    with _started() as run:
        run("exit", "0")
    said = capsys.readouterr().err
    assert 1 == len(said.splitlines())
    assert f"vm {_ARCH.name}: its snapshot is of no use, so it boots: " in said
    assert "damaged" in said
    assert [] == _snapshots(saved)
    with _started():
        pass
    assert 3 == len(boots)
    assert [folder] == _snapshots(saved)


def test_one_that_qemu_refuses_is_removed_and_the_machine_boots(
    boots: list[str], saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A whole file that is no machine's state ends QEMU, not the run."""
    with _started():
        pass
    (folder,) = _snapshots(saved)
    (folder / "state").write_bytes(b"no machine's state" * 100)
    kept.seal(folder, "a machine")
    with _started() as run:
        run("exit", "0")
    assert "of no use" in capsys.readouterr().err
    assert 2 == len(boots)
    assert [] == _snapshots(saved)


def test_an_interrupted_saving_leaves_nothing(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while a machine is saved: no half of it is kept, and QEMU has gone with its folder."""

    def interrupt(_self: object, _path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(qemu.Qemu, "save", interrupt)
    with pytest.raises(KeyboardInterrupt), _started():
        pass
    assert [] == _snapshots(saved)
    assert [] == list(tmp_path.glob("solo5-vm-*"))


def test_who_comes_second_does_not_wait(boots: list[str], saved: Path) -> None:
    """While another process saves the machine, ours boots."""
    which = snapshot.Which(_ARCH.name, machine.MEMORY_MB, "0")
    with snapshot.making(which) as place:
        assert place is not None
        place.ram.touch()
        place.state.touch()
        with _started() as run:
            run("exit", "0")
    assert ["boot"] == boots
    assert [which.place.folder] == _snapshots(saved)


def test_only_the_last_used_are_kept(saved: Path) -> None:
    """What has not been used for longest goes."""
    for number in range(snapshot.KEPT + 2):
        which = snapshot.Which(_ARCH.name, 1, f"{number:x}")
        with snapshot.making(which) as place:
            assert place is not None
            place.ram.touch()
            place.state.touch()
        # In this order, however fast that was.
        os.utime(which.place.folder / kept.SEAL, (number, number))
    names = sorted(path.name.rpartition("-")[2] for path in _snapshots(saved))
    assert [f"{number:x}" for number in range(2, snapshot.KEPT + 2)] == names


def test_all_that_goes_in_tells_machines_apart(tmp_path: Path) -> None:
    """Another command line, another QEMU or kernel, another initramfs: another machine."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.touch()
    same = snapshot.key(["qemu"], [one], b"init")
    assert same == snapshot.key(["qemu"], [one], b"init")
    others = {
        snapshot.key(["qemu", "-m"], [one], b"init"),
        snapshot.key(["qemu"], [two], b"init"),
        snapshot.key(["qemu"], [one], b"init2"),
    }
    one.write_bytes(b"newer")
    others.add(snapshot.key(["qemu"], [one], b"init"))
    assert 5 == len({same, *others})


def test_without_room_the_machine_boots(boots: list[str], saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk too full for the machine's memory is no error."""
    full = shutil.disk_usage("/")._replace(free=100 << 20)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: full)
    with _started() as run:
        run("exit", "0")
    assert ["boot"] == boots
    assert [] == _snapshots(saved)


def test_where_restored_machines_go_wrong_they_boot(saved: Path) -> None:
    """The architecture's facts name a later QEMU than there is, and nothing is saved."""
    arch = dataclasses.replace(_ARCH, vm=dataclasses.replace(_ARCH.vm, restores="1000.0"))
    with _started(arch) as run:
        run("exit", "0")
    assert not saved.exists()


@pytest.mark.parametrize(("value", "wanted"), [(None, True), ("1", True), ("0", False), ("", False)])
def test_one_variable_turns_them_off(
    value: str | None,
    wanted: bool,  # noqa: FBT001 - a row of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SOLO5_SNAPSHOTS=0 boots every machine."""
    monkeypatch.delenv(places.SNAPSHOTS_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(places.SNAPSHOTS_VARIABLE, value)
    assert wanted == places.snapshots_wanted()
