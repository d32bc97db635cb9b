# SPDX-License-Identifier: ISC
"""What an architecture is: toolchains/arch/<name>.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from solo5.errors import UsageError

__all__ = ["Arch", "ArchCompiler", "Debian", "Elf", "LinuxFacts", "OtherKernel", "Vm"]


@dataclass(frozen=True)
class Elf:
    """Facts about unikernel files of an architecture."""

    machine: int
    """e_machine (System V gABI)."""
    page_size: int
    """Alignment of guest segments, bytes, in cells that do not say their own."""
    object_flags: int
    """e_flags of relocatable objects (the processor's ELF supplement)."""


@dataclass(frozen=True)
class ArchCompiler:
    """How compilers name the architecture, and what guests need of them."""

    triple: str
    """Debian's GNU triple."""
    musl: str
    """The folder of musl's headers and library in Debian's musl-dev."""
    cpu_family: str
    """Meson's name of the processor family."""
    guest_flags: tuple[str, ...]


@dataclass(frozen=True)
class Debian:
    """Where the architecture's packages are."""

    arch: str
    """Debian's name of the architecture."""
    kernel: str
    """Package of the stock kernel that test machines boot."""
    release: str | None = None
    """The release that its kernel and C library are of; None: this host's."""
    kernel_release: str | None = None
    """The release that its kernel alone is of; None: that of all."""


@dataclass(frozen=True)
class Misfit:
    """Versions that go wrong together: any QEMU before one of them, with any kernel from the other on."""

    qemu_before: str
    kernel_from: str
    seen: str
    """What went wrong."""


@dataclass(frozen=True)
class Vm:
    """The emulated machine that stands for the architecture."""

    program: str
    package: str
    args: tuple[str, ...]
    console: str
    """The kernel's name of the console that `-serial` shows."""
    hypervisor: tuple[str, ...]
    """The kernel's modules that let it run virtual machines itself."""
    restores: str | None = None
    """The least version of QEMU with which it goes on rightly from a saved state; None: with none."""
    debug_registers: str | None = None
    """The least version of QEMU that carries debug registers into a virtual machine within it; None: none does."""
    misfits: tuple[Misfit, ...] = ()


@dataclass(frozen=True)
class LinuxFacts:
    """The architecture as Linux and libseccomp see it."""

    audit_arch: int
    """AUDIT_ARCH_* (linux/audit.h)."""
    seccomp_arch: str
    """Name in libseccomp, a member of pyseccomp's Arch."""
    syscall_register: int
    """Which of the registers that ptrace(2) gives holds a call's number."""


@dataclass(frozen=True)
class OtherKernel:
    """A kernel that guests are tested on besides the stock one: `[kernels.<name>]`."""

    package: str
    release: str
    """The release that it is of."""
    args: tuple[str, ...] = ()
    """What its machine has besides; of two that exclude each other, the later one holds."""
    restores: str | None = None
    """As `[vm]` says of the stock kernel's machine."""


@dataclass(frozen=True)
class Arch:
    """One architecture."""

    name: str
    elf: Elf
    compiler: ArchCompiler
    debian: Debian
    vm: Vm
    linux: LinuxFacts
    kernels: Mapping[str, OtherKernel] = field(default_factory=dict, hash=False)
    """Other kernels than the stock one, by name."""
    uname: str | None = None
    """What a kernel calls it (uname(2), machine); None: the same name."""

    def mistake(self) -> str | None:
        """Return what its file must not say, with the key; None: nothing."""
        size = self.elf.page_size
        is_power = size > 0 and size & (size - 1) == 0
        return None if is_power else f"elf.page_size: expected a power of 2, found {size:#x}"

    def on_kernel(self, name: str | None) -> Self:
        """Return this architecture with another stock kernel; None: as it is. Raises UsageError: unknown."""
        if name is None:
            return self
        if name not in self.kernels:
            known = ", ".join(self.kernels) or "none but the stock one"
            message = f"kernel {name!r}: {self.name} has none of that name; known: {known}"
            raise UsageError(message)
        other = self.kernels[name]
        debian = replace(self.debian, kernel=other.package, kernel_release=other.release)
        vm = replace(self.vm, args=(*self.vm.args, *other.args), restores=other.restores)
        return replace(self, debian=debian, vm=vm)

    @property
    def on_kernels(self) -> tuple[Self, ...]:
        """It with its stock kernel, then with each other one."""
        return (self, *map(self.on_kernel, self.kernels))

    @property
    def is_host(self) -> bool:
        """Tell whether this computer is of this architecture."""
        return os.uname().machine == (self.uname or self.name)

    @property
    def toolchain(self) -> str:
        """The name that toolchain wrappers and installed folders begin with."""
        return f"{self.name}-solo5-none-static"
