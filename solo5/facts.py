# SPDX-License-Identifier: ISC
"""What the tree knows: architectures, targets, compilers, cells.

Facts are TOML files under toolchains/; the list of them is the folder's
content. Nothing here does anything: builders, runners and tables read these
values. An unknown name is an error that prints the known ones.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from solo5 import typed
from solo5.errors import UsageError

#: Names another folder than build; relative to the tree.
BUILD_VARIABLE = "SOLO5_BUILD"
#: The toolchain that builds what nobody says otherwise of.
DEFAULT_COMPILER = "gcc"
#: Set in containers of ours, which lack nothing.
INSIDE_VARIABLE = "SOLO5_INSIDE"


@dataclass(frozen=True)
class Elf:
    """Facts about unikernel files of an architecture."""

    machine: int
    """e_machine (System V gABI)."""
    page_size: int
    """Alignment of guest segments, bytes."""
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


@dataclass(frozen=True)
class Vm:
    """The emulated machine that stands for the architecture."""

    program: str
    package: str
    args: tuple[str, ...]
    console: str
    """The kernel's name of the console that `-serial` shows."""
    restores: bool
    """Whether it goes on rightly from a saved state."""
    hypervisor: tuple[str, ...]
    """The kernel's modules that let it run virtual machines itself."""


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
class Arch:
    """One architecture: toolchains/arch/<name>.toml."""

    name: str
    elf: Elf
    compiler: ArchCompiler
    debian: Debian
    vm: Vm
    linux: LinuxFacts

    @property
    def is_host(self) -> bool:
        """Tell whether this machine is of this architecture."""
        return os.uname().machine == self.name

    @property
    def toolchain(self) -> str:
        """The name that toolchain wrappers and installed folders begin with."""
        return f"{self.name}-solo5-none-static"


@dataclass(frozen=True)
class Ends:
    """How the end of a guest of a target looks to the tender's parent.

    A number is an exit status, a name a signal.
    """

    fault: int | str
    trap: int | str


@dataclass(frozen=True)
class Target:
    """One kind of guest: toolchains/target/<name>.toml."""

    name: str
    abi: int
    """Number in the ABI1 note."""
    versions: tuple[int, ...]
    """ABI versions that run; guests are built for the last."""
    tender: str
    """The program that runs it."""
    hypervisor: bool
    """Whether that needs one."""
    ends: Ends


@dataclass(frozen=True)
class Compiler:
    """One toolchain: toolchains/compiler/<name>.toml.

    In its values, `{triple}` is the architecture's, `{triple_dashed}` the same
    as packages are named, `{cpu}` its first part, and `{debian}` Debian's name
    of the architecture.
    """

    name: str
    packages: tuple[str, ...]
    native_packages: tuple[str, ...]
    """What to install instead on a machine of that architecture."""
    cc: str
    cc_args: tuple[str, ...]
    """What the compiler is always given."""
    ld: str
    objcopy: str
    ar: str
    strip: str
    guest_flags: tuple[str, ...]
    """What it is given for guests besides."""
    files: tuple[str, ...]
    """What it needs that is no program, as patterns of paths."""

    def for_arch(self, arch: Arch) -> Compiler:
        """Return this compiler with the architecture's names filled in."""
        names = {
            "triple": arch.compiler.triple,
            "triple_dashed": arch.compiler.triple.replace("_", "-"),
            "cpu": arch.compiler.triple.partition("-")[0],
            "debian": arch.debian.arch,
        }

        def fill(value: Any) -> Any:  # noqa: ANN401 - text, or a tuple of texts
            if isinstance(value, tuple):
                return tuple(fill(each) for each in value)
            return value.format(**names)

        values = {field.name: fill(getattr(self, field.name)) for field in dataclasses.fields(self)}
        filled = Compiler(**values)
        if arch.is_host:
            return dataclasses.replace(filled, packages=filled.native_packages)
        return filled


@dataclass(frozen=True, order=True)
class Cell:
    """One field of the matrix: a target on an architecture."""

    target: str
    arch: str

    def __str__(self) -> str:
        """Return the name that sessions and cases carry, as in spt-ARCH."""
        return f"{self.target}-{self.arch}"


Kind = TypeVar("Kind", Arch, Target, Compiler)


@dataclass(frozen=True)
class Tree:
    """A source tree: the folders are the lists."""

    root: Path

    def _names(self, kind: str) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in (self.root / "toolchains" / kind).glob("*.toml")))

    def _fact(self, kind: str, cls: type[Kind], name: str) -> Kind:
        path = self.root / "toolchains" / kind / f"{name}.toml"
        if name not in self._names(kind):
            message = f"{kind} {name!r}: not known; known: {', '.join(self._names(kind))}"
            raise UsageError(message)
        return typed.read(cls, path, name=name)

    @property
    def arch_names(self) -> tuple[str, ...]:
        """Names of the architectures."""
        return self._names("arch")

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the targets, with those that have no cell yet."""
        return self._names("target")

    def arch(self, name: str) -> Arch:
        """Return the facts of one architecture."""
        return self._fact("arch", Arch, name)

    def target(self, name: str) -> Target:
        """Return the facts of one target."""
        return self._fact("target", Target, name)

    def compiler(self, name: str = DEFAULT_COMPILER) -> Compiler:
        """Return one toolchain."""
        return self._fact("compiler", Compiler, name)

    @property
    def compiler_names(self) -> tuple[str, ...]:
        """Names of the toolchains."""
        return self._names("compiler")

    def archs(self) -> tuple[Arch, ...]:
        """Return all architectures."""
        return tuple(self.arch(name) for name in self.arch_names)

    def targets(self) -> tuple[Target, ...]:
        """Return all targets."""
        return tuple(self.target(name) for name in self.target_names)

    def has_cell(self, cell: Cell) -> bool:
        """Tell whether the tree holds this cell."""
        return (self.root / "bindings" / "arch" / cell.arch / cell.target).is_dir()

    def cells(self) -> tuple[Cell, ...]:
        """Return the cells that exist."""
        every = (Cell(target, arch) for target in self.target_names for arch in self.arch_names)
        return tuple(cell for cell in every if self.has_cell(cell))

    def cell(self, name: str) -> Cell:
        """Return the existing cell of that name, as in spt-ARCH."""
        for cell in self.cells():
            if str(cell) == name:
                return cell
        known = ", ".join(str(cell) for cell in self.cells())
        message = f"cell {name!r}: not known; known: {known}"
        raise UsageError(message)

    @property
    def build_root(self) -> Path:
        """Where everything that is made goes: build, unless BUILD_VARIABLE names another folder."""
        return self.root / os.environ.get(BUILD_VARIABLE, "build")

    def build_dir(self, arch: str, compiler: str = DEFAULT_COMPILER) -> Path:
        """Return where Meson builds for an architecture."""
        return self.build_root / (arch if compiler == DEFAULT_COMPILER else f"{arch}-{compiler}")

    def host_arch(self) -> Arch | None:
        """Return this machine's architecture, if the tree knows it."""
        return next((arch for arch in self.archs() if arch.is_host), None)


@functools.cache
def tree() -> Tree:
    """Return the tree that this package belongs to."""
    return Tree(Path(__file__).resolve().parent.parent)
