# SPDX-License-Identifier: ISC
"""A virtual machine under QEMU, as a place.

The kernel logs to a serial console, which goes to a file; jobs travel over a
virtio-serial port, a socket whose other end QEMU inherits. A machine that
dies closes it: that is a MachineError, never a failure of the guest.

A machine boots, or it is restored from one that was saved when it had just
booted (solo5.places.vm.snapshot), which takes a tenth of the time. What does not
work with a snapshot is removed, and the machine boots.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from solo5 import outside, progress
from solo5.agent import protocol
from solo5.agent.job import Job, OnOutput, Outcome, Source
from solo5.agent.syscalls import syscall_name
from solo5.debian import Kernel
from solo5.errors import DeadlineError, MachineError, ToolMissingError
from solo5.facts import Arch
from solo5.places.vm import boot, emulator, modules, snapshot
from solo5.places.vm.qemu import Ends, Hardware, Qemu, Ram, command

MEMORY_MB: Final = 256
#: More than this is sooner in an initramfs than over the wire (some 30 MiB/s).
_WIRE_BYTES: Final = 32 << 20

_DISK_MODULES: Final = ("virtio_blk",)


class Machine:
    """A running machine; a Place. Made by `start`, ended by `close`."""

    name = "vm"

    def __init__(self, arch: Arch, qemu: Qemu) -> None:
        self._arch = arch
        self._qemu = qemu

    @classmethod
    def start(  # noqa: PLR0913 - what a machine is made of
        cls,
        arch: Arch,
        kernel: Kernel,
        agent: Path,
        files: Mapping[str, boot.Content],
        *,
        disks: Sequence[Path] = (),
        memory_mb: int = MEMORY_MB,
        snapshots: bool = False,
    ) -> Self:
        """Start a machine that holds `files` and wait until it takes jobs.

        `disks` are its /dev/vda, /dev/vdb and so on; what is written to them
        stays. With `snapshots`, on architectures that can, and without disks, it is restored from a saved
        one, which is made first if need be; where that fails, a warning says
        why, and the machine boots. Raises ToolMissingError without QEMU, or if
        it is known not to go with the kernel; MachineError or DeadlineError,
        with the console's last lines, if the machine does not come up.
        """
        program = emulator.find(arch)
        version = emulator.version(program)
        refusal = emulator.refusal(arch, version, kernel.version)
        if refusal is not None:
            raise ToolMissingError(refusal)
        hardware = Hardware(arch, boot.image(kernel.image), memory_mb, tuple(disks))
        needed = modules.closure(kernel.modules, modules.needed(arch) + (_DISK_MODULES if disks else ()))
        system: dict[str, boot.Content] = {"init": agent}
        system |= {f"modules/{number:02}-{name}": module for number, (name, module) in enumerate(needed.items())}
        restores = snapshots and emulator.at_least(version, arch.vm.restores)
        if restores and not disks and _size(files) <= _WIRE_BYTES:
            qemu = _restored(hardware, boot.initramfs(system), program)
            if qemu is not None:
                with _closed_on_error(qemu):
                    qemu.install(files)
                return cls(arch, qemu)
        below = {path.lstrip("/"): content for path, content in files.items()}
        return cls(arch, _booted(hardware, boot.initramfs(system | below)))

    def run(self, job: Job, on_output: OnOutput | None = None, source: Source | None = None) -> Outcome:
        """Run one job; see Place."""

        def name(number: int) -> str:
            return syscall_name(self._arch, number)

        try:
            return protocol.run(self._qemu.wire, job, name, on_output, source)
        except MachineError as cause:
            raise self._qemu.explained(cause) from cause

    def close(self) -> None:
        """End the machine and remove its files; safe to call twice."""
        self._qemu.close()


def _size(files: Mapping[str, boot.Content]) -> int:
    return sum(len(each) if isinstance(each, bytes) else each.stat().st_size for each in files.values())


@contextlib.contextmanager
def _closed_on_error(qemu: Qemu) -> Iterator[None]:
    try:
        yield
    except BaseException:
        qemu.close()
        raise


def _booted(hardware: Hardware, initrd: bytes) -> Qemu:
    qemu = Qemu(hardware, initrd)
    with _closed_on_error(qemu):
        qemu.wait_booted()
        qemu.wake()
    return qemu


def _restored(hardware: Hardware, initrd: bytes, program: Path) -> Qemu | None:
    """Return a machine from a saved one, saving one first if need be; None: it has to boot."""
    words = command(hardware, Path("initrd"), Ends(Path("console"), 0, 0))
    key = snapshot.key(words, (program, hardware.image, *emulator.data_files(hardware.arch)), initrd)
    which = snapshot.Which(hardware.arch.name, hardware.memory_mb, key)
    try:
        saved = snapshot.find(which) or _saved(hardware, initrd, which)
        if saved is None:
            return None
        qemu = Qemu(hardware, initrd, Ram(saved.ram, saved=True))
        with _closed_on_error(qemu):
            qemu.restore(saved.state)
            qemu.wake()
    except (MachineError, DeadlineError, OSError) as cause:
        outer = outside.explained(cause)
        if outer is not None and not Path(getattr(cause, "filename", None) or "").is_relative_to(snapshot.root()):
            # It would not boot either, and the snapshot is as good as before.
            raise outer from cause
        line = str(cause).splitlines()[0]
        progress.warn(f"vm {hardware.arch.name}: its snapshot is of no use, so it boots: {line}")
        snapshot.remove(which)
        return None
    return qemu


def _saved(hardware: Hardware, initrd: bytes, which: snapshot.Which) -> snapshot.Snapshot | None:
    """Boot a machine for no other purpose: its memory is what all restored ones begin with."""
    with snapshot.making(which) as place:
        if place is None:
            return None
        with contextlib.closing(Qemu(hardware, initrd, Ram(place.ram, saved=False))) as qemu:
            qemu.wait_booted()
            qemu.save(place.state)
    return snapshot.find(which)
