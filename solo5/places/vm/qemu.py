# SPDX-License-Identifier: ISC
"""One running QEMU: its command line, process, folder, wire and monitor.

Whether a machine boots or comes back from a saved one, machine.py decides.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import proc, scratch
from solo5.agent import protocol
from solo5.errors import DeadlineError, MachineError, UsageError, naming
from solo5.facts import Arch
from solo5.places.vm.boot import Content
from solo5.places.vm.qmp import Monitor

BOOT_DEADLINE_S: Final = 60.0
_WAKE_DEADLINE_S: Final = 20.0
_END_DEADLINE_S: Final = 10.0
_CONSOLE_LINES: Final = 20

#: A PCI bus has 32 slots, some of them a machine's own, and a slot eight functions.
MOST_DISKS: Final = 64
_FIRST_DISK_SLOT: Final = 8
_FUNCTIONS: Final = 8

#: What a kernel does at boot that nothing of ours uses, a third of its time: tests of its ciphers,
#: certificates, probes, encrypted keys, compressed swap (measured with initcall_debug).
_LEFT_OUT: Final = (
    "init_kprobe_trace",
    "load_system_certificate_list",
    "crypto_kdf108_init",
    "init_encrypted",
    "init_zswap",
)
_KERNEL_WORDS: Final = (
    *("quiet", "panic=-1", "rdinit=/init", "mitigations=off", "cryptomgr.notests"),
    f"initcall_blacklist={','.join(_LEFT_OUT)}",
)


@dataclass(frozen=True)
class Hardware:
    """What a machine is made of."""

    arch: Arch
    image: Path
    memory_mb: int
    disks: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Ram:
    """A file that is the machine's memory."""

    path: Path
    saved: bool
    """Whether it is a saved machine's: then writes to it are private, and QEMU waits for the state."""


@dataclass(frozen=True)
class Ends:
    """What is at our side of the machine's connections."""

    console: Path
    wire_fd: int
    monitor_fd: int


def command(hardware: Hardware, initrd: Path, ends: Ends, ram: Ram | None = None) -> list[str]:
    """Return QEMU's command line."""
    vm = hardware.arch.vm
    words = [
        vm.program,
        *vm.args,
        *("-m", str(hardware.memory_mb), "-smp", "1"),
        *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-kernel", str(hardware.image), "-initrd", str(initrd)),
        *("-append", " ".join((f"console={vm.console}", *_KERNEL_WORDS))),
        *("-chardev", f"file,id=console,path={_escaped(ends.console)}", "-serial", "chardev:console"),
        *("-device", "virtio-serial-pci", "-chardev", f"socket,id=wire,fd={ends.wire_fd}"),
        *("-device", "virtserialport,chardev=wire,nr=1"),
        *("-chardev", f"socket,id=monitor,fd={ends.monitor_fd}", "-mon", "chardev=monitor,mode=control"),
    ]
    for number, disk in enumerate(hardware.disks):
        # Whoever starts it holds the file's lock.
        words += ["-drive", f"if=none,id=disk{number},format=raw,file.locking=off,file={_escaped(disk)}"]
        slot, function = divmod(number, _FUNCTIONS)
        address = f"{_FIRST_DISK_SLOT + slot:#x}.{function}"
        words += ["-device", f"virtio-blk-pci,drive=disk{number},addr={address},multifunction=on"]
    if ram is not None:
        share = "off" if ram.saved else "on"
        memory = f"memory-backend-file,id=ram,size={hardware.memory_mb}M,share={share},mem-path={_escaped(ram.path)}"
        words += ["-machine", "memory-backend=ram", "-object", memory]
        words += ["-incoming", "defer"] if ram.saved else []
    return words


def _escaped(path: Path) -> str:
    """Return a path as a part of one of QEMU's options."""
    return str(path).replace(",", ",,")


def _locked(disk: Path) -> int:
    """Return a descriptor that keeps other programs from a disk: tenders, and other machines.

    The lock belongs to what the descriptor refers to, which QEMU inherits: it holds as long as QEMU runs.
    Raises UsageError if another program has it.
    """
    # struct flock (fcntl(2)): all of the file. Its last field is a process, here 0.
    whole = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    with contextlib.ExitStack() as undo:
        try:
            fd = os.open(disk, os.O_RDWR | os.O_CLOEXEC)
            undo.callback(os.close, fd)
            fcntl.fcntl(fd, fcntl.F_OFD_SETLK, whole)
        except OSError as cause:
            taken = cause.errno in {errno.EAGAIN, errno.EACCES}
            message = f"{disk}: {'in use by another program, or as another device' if taken else cause.strerror}"
            raise UsageError(message) from cause
        undo.pop_all()
    return fd


class Qemu:
    """A running QEMU. Ended by `close`; its errors carry the console's last lines."""

    def __init__(self, hardware: Hardware, initrd: bytes, ram: Ram | None = None) -> None:
        """Start it; what it runs is not ready yet. `ram`: to be saved, or to be restored."""
        self._arch = hardware.arch
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as theirs:
            self._folder = undo.enter_context(scratch.folder("vm"))
            (wire, wire_end), (monitor, monitor_end) = socket.socketpair(), socket.socketpair()
            for each in (wire, monitor):
                undo.callback(each.close)
            fds = [theirs.enter_context(each).fileno() for each in (wire_end, monitor_end)]
            for disk in hardware.disks:
                locked = _locked(disk)
                theirs.callback(os.close, locked)
                fds.append(locked)
            image = self._folder / "initrd"
            with naming(image):
                image.write_bytes(initrd)
            words = command(hardware, image, Ends(self._folder / "console", *fds[:2]), ram)
            said = theirs.enter_context((self._folder / "qemu").open("wb"))
            process = proc.spawn(words, stdout=said, stderr=said, pass_fds=fds)
            # It is asked first, so that QEMU flushes what the guests wrote to disks.
            undo.callback(proc.end, process, grace_s=_END_DEADLINE_S)
            self.wire = protocol.Wire(wire)
            self._monitor = Monitor(monitor)
            self._undo = undo.pop_all()

    def wait_booted(self) -> None:
        """Wait for solo5-init's first word."""
        self._wait_ready("boot", BOOT_DEADLINE_S)

    def save(self, path: Path) -> None:
        """Stop the machine for good and write its state; see Monitor.save."""
        try:
            self._monitor.save(path)
        except (MachineError, DeadlineError) as cause:
            raise self.explained(cause, "save") from cause

    def restore(self, path: Path) -> None:
        """Give the machine its state and let it go on; see Monitor.restore."""
        try:
            self._monitor.restore(path)
        except (MachineError, DeadlineError) as cause:
            raise self.explained(cause, "restore") from cause

    def wake(self) -> None:
        """Tell solo5-init the time, give it randomness of its own, and hear that it is there."""
        self.wire.send(protocol.wake_frame(time.time_ns(), os.urandom(protocol.ENTROPY_BYTES)))
        self._wait_ready("wake", _WAKE_DEADLINE_S)

    def install(self, files: Mapping[str, Content]) -> None:
        """Put files below / of all jobs, over the wire."""
        frames = []
        for path, content in files.items():
            data = content.read_bytes() if isinstance(content, Path) else content
            frames.append(protocol.install_frame(f"/{path.lstrip('/')}", data))
        self.wire.send(b"".join(frames))

    def _wait_ready(self, phase: str, deadline_s: float) -> None:
        try:
            kind, _ = self.wire.receive(time.monotonic() + deadline_s)
        except (MachineError, DeadlineError) as cause:
            raise self.explained(cause, phase) from cause
        if kind != b"R":
            nonsense = MachineError(f"spoke nonsense: {kind!r}")
            raise self.explained(nonsense, phase)

    def explained(self, cause: MachineError | DeadlineError, phase: str | None = None) -> MachineError | DeadlineError:
        """Return an error of the same kind that names machine and phase and shows the console."""
        where = f"vm {self._arch.name}: " + (f"{phase}: " if phase else "")
        return type(cause)(f"{where}{cause}{self.console_tail()}")

    def console_tail(self) -> str:
        """Return the last lines of console and QEMU, or nothing."""
        lines: list[str] = []
        for name in ("qemu", "console"):
            with contextlib.suppress(OSError):
                said = (self._folder / name).read_text(errors="replace")
                lines += [f"\n  {name}: {line}" for line in said.splitlines()[-_CONSOLE_LINES:]]
        return "".join(lines)

    def close(self) -> None:
        """End the machine and remove its files; safe to call twice."""
        self._undo.close()
