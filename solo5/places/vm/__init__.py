# SPDX-License-Identifier: ISC
"""A virtual machine as a place: for programs of any architecture.

`boot` and `modules` make what a machine boots, which may be `packed`;
`emulator` knows versions of QEMU; `qemu` is one running QEMU,
and `qmp` its monitor; `snapshot` keeps saved machines; `machine` decides
which way one starts, and keeps its life apart from that of its guests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from solo5 import debian, loaded
from solo5.agent.job import Place
from solo5.errors import UsageError
from solo5.facts import Arch, Cell, Tree
from solo5.findings import Finding
from solo5.need import Need
from solo5.places import Needs, Options
from solo5.places.vm import emulator

__all__ = ["KIND"]

_SECTOR_BYTES: Final = 512
"""Of a virtio disk (virtio 1.2, 5.2.4)."""
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
"""What the kernel numbers disks with: a to z, then aa, ab and so on."""


class _Vm:
    """The kind; see Kind."""

    name = "vm"
    cost = 1
    here = False
    bundles = ("kernel",)

    def needs(self, arch: Arch, of: Tree) -> Iterator[Need]:
        """See Kind."""
        yield emulator.need(arch, of)

    def obstacle(self, needs: Needs) -> str | None:
        """See Kind. What a machine lacks otherwise, it is given."""
        if needs.host_programs:
            return "it has none of this host's programs"
        return "it is emulated" if needs.full_speed else None

    def inputs(self, arch: Arch) -> Iterator[Path]:
        """See Kind: what is booted, and what boots it. A saved machine is made of the same."""
        from solo5.places.vm import boot, modules  # noqa: PLC0415 - who only chooses does without

        kernel = debian.kernel(arch)
        yield from {kernel.image, boot.image(kernel.image)}
        yield from modules.files(kernel.modules, modules.needed(arch))
        yield from loaded.files(arch.vm.program)
        yield from emulator.data_files(arch)

    def kernel(self, arch: Arch) -> Mapping[str, str]:
        """See Kind."""
        kernel = debian.kernel(arch)
        return {"package": kernel.package, "version": kernel.version, "sha256": kernel.sha256}

    def prepare(self, arch: Arch, release: str, of: Tree) -> None:
        """See Kind."""
        from solo5.places.vm import boot  # noqa: PLC0415 - who only chooses does without

        boot.image(debian.kernel(arch, release=release, at=of).image)

    def findings(self, jobs: Mapping[Cell, Needs], of: Tree) -> Iterator[Finding]:
        """See Kind. Here is what is known of the QEMU that is there."""
        del jobs  # it runs them all
        for arch in of.archs():
            yield from emulator.findings(arch, of)

    def disk_path(self, file: Path, number: int) -> str:
        """See Kind. The kernel's names of virtio disks."""
        from solo5.places.vm.qemu import MOST_DISKS  # noqa: PLC0415 - who has no disks does without

        size_bytes, problem = file.stat().st_size, None
        if not file.is_file():
            problem = "not a regular file, so no disk of a virtual machine"
        elif not size_bytes or size_bytes % _SECTOR_BYTES:
            problem = f"has {size_bytes} bytes; a disk has a multiple of {_SECTOR_BYTES}"
        elif number >= MOST_DISKS:
            problem = f"a virtual machine takes at most {MOST_DISKS} disks"
        if problem is not None:
            raise UsageError(problem)
        return f"/dev/vd{_letters(number)}"

    def network_obstacle(self) -> str:
        """See Kind."""
        return "a guest in a virtual machine has no network yet"

    def open(self, arch: Arch, agent: Path, files: Mapping[str, Path | bytes], options: Options) -> Place:
        """See Kind."""
        from solo5.places.vm.machine import MEMORY_MB, Machine  # noqa: PLC0415 - who only chooses does without

        return Machine.start(
            arch,
            debian.kernel(arch),
            agent,
            files,
            disks=options.disks,
            memory_mb=options.memory_mb or MEMORY_MB,
            snapshots=options.snapshots,
        )


def _letters(number: int) -> str:
    """Return the last part of a disk's name, as the kernel makes it (drivers/block/virtio_blk.c)."""
    more, last = divmod(number, len(_LETTERS))
    return (_letters(more - 1) if more else "") + _LETTERS[last]


KIND = _Vm()
