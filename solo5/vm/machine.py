# SPDX-License-Identifier: ISC
"""A virtual machine under QEMU, as a place.

The kernel logs to a serial console, which goes to a file; jobs travel over a
virtio-serial port, a socket whose other end QEMU inherits. A machine that
dies closes it: that is a MachineError, never a failure of the guest.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from solo5 import proc, scratch
from solo5.agent import protocol
from solo5.agent.job import Job, OnOutput, Outcome
from solo5.agent.syscalls import syscall_name
from solo5.debian import Kernel
from solo5.errors import DeadlineError, MachineError, ToolMissingError
from solo5.facts import Arch
from solo5.vm import boot, modules

MEMORY_MB: Final = 256
BOOT_DEADLINE_S: Final = 60.0
_END_DEADLINE_S: Final = 10.0
_CONSOLE_LINES: Final = 20

_MODULES: Final = ("virtio_pci", "virtio_console", "tun")
_DISK_MODULES: Final = ("virtio_blk",)
_KERNEL_WORDS: Final = ("quiet", "panic=-1", "rdinit=/init", "mitigations=off")


def command(  # noqa: PLR0913, PLR0917 - what a machine is made of
    arch: Arch, image: Path, initrd: Path, console: Path, wire_fd: int, disks: Sequence[Path], memory_mb: int
) -> list[str]:
    """Return QEMU's command line."""
    words = [
        arch.vm.program,
        *arch.vm.args,
        *("-m", str(memory_mb), "-smp", "1", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-kernel", str(image), "-initrd", str(initrd)),
        *("-append", " ".join((f"console={arch.vm.console}", *_KERNEL_WORDS))),
        *("-chardev", f"file,id=console,path={console}", "-serial", "chardev:console"),
        *("-device", "virtio-serial-pci", "-chardev", f"socket,id=wire,fd={wire_fd}"),
        *("-device", "virtserialport,chardev=wire,nr=1"),
    ]
    for number, disk in enumerate(disks):
        escaped = str(disk).replace(",", ",,")
        words += ["-drive", f"if=none,id=disk{number},format=raw,file={escaped}"]
        words += ["-device", f"virtio-blk-pci,drive=disk{number}"]
    return words


class Machine:
    """A running machine; a Place. Made by `start`, ended by `close`."""

    name = "vm"

    def __init__(self, arch: Arch, folder: Path, wire: protocol.Wire, process: subprocess.Popen[bytes]) -> None:
        self._arch = arch
        self._folder = folder
        self._wire = wire
        self._process = process

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
    ) -> Self:
        """Boot a machine that holds `files` and wait until it takes jobs.

        `disks` are its /dev/vda, /dev/vdb and so on; what is written to them
        stays. Raises ToolMissingError without QEMU, MachineError or
        DeadlineError, with the console's last lines, if it does not come up.
        """
        if shutil.which(arch.vm.program) is None:
            message = f"{arch.vm.program}: not found; install it: apt-get install {arch.vm.package}"
            raise ToolMissingError(message)
        folder = scratch.make_folder("vm")
        ours, theirs = socket.socketpair()
        machine = None
        try:
            needed = modules.closure(kernel.modules, _MODULES + (_DISK_MODULES if disks else ()))
            payload = {
                "init": agent,
                **{path.lstrip("/"): content for path, content in files.items()},
                **{f"modules/{number:02}-{path.name}": path for number, path in enumerate(needed)},
            }
            initrd = folder / "initrd"
            initrd.write_bytes(boot.initramfs(payload))
            with theirs, (folder / "qemu").open("wb") as said:
                image, console = boot.image(kernel.image), folder / "console"
                words = command(arch, image, initrd, console, theirs.fileno(), disks, memory_mb)
                process = proc.spawn(words, stdout=said, stderr=said, pass_fds=[theirs.fileno()])
            machine = cls(arch, folder, protocol.Wire(ours), process)
            machine._wait_ready()
        except BaseException:
            if machine is not None:
                machine.close()
            else:
                ours.close()
                shutil.rmtree(folder, ignore_errors=True)
            raise
        return machine

    def _wait_ready(self) -> None:
        try:
            kind, _ = self._wire.receive(time.monotonic() + BOOT_DEADLINE_S)
        except (MachineError, DeadlineError) as cause:
            message = f"vm {self._arch.name}: boot: {cause}{self.console_tail()}"
            raise type(cause)(message) from cause
        if kind != b"R":
            message = f"vm {self._arch.name}: boot: spoke nonsense: {kind!r}{self.console_tail()}"
            raise MachineError(message)

    def run(self, job: Job, on_output: OnOutput | None = None) -> Outcome:
        """Run one job; see Place."""
        try:
            return protocol.run(self._wire, job, lambda number: syscall_name(self._arch, number), on_output)
        except MachineError as cause:
            message = f"vm {self._arch.name}: {cause}{self.console_tail()}"
            raise MachineError(message) from cause

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
        self._wire.close()
        if self._process.poll() is None:
            # Ask first, so that QEMU flushes what the guests wrote to disks.
            self._process.terminate()
            try:
                self._process.wait(_END_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
