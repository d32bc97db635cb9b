# SPDX-License-Identifier: ISC
"""The tenders' cores in Python: the same C that stands between guest and host.

Reads ELF files, manifests and command lines, checks guest addresses and
assembles seccomp filters, as a tender does, for every architecture, on any
machine. What C refuses raises RefusedError with its line.

The extension lies in build/native (`solo5 build --native`), or in the folder
that $SOLO5_TENDER_DIR names.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from solo5.errors import Solo5Error, ToolMissingError, UsageError
from solo5.facts import tree

READ: Final = 1
WRITE: Final = 2
EXEC: Final = 4

_MIB: Final = 1 << 20
_MAX_INSNS: Final = 4096
_EXTENSION: Final = "_tender.abi3.so"


class RefusedError(Solo5Error):
    """The core refused its input; the message is the line that a tender prints."""


@dataclass(frozen=True)
class Tender:
    """What a tender accepts (tenders/common/target.h); solo5-spt's values."""

    name: str = "spt"
    abi: int = 2
    abi_min: int = 1
    abi_max: int = 2
    mem_min: int = _MIB
    mem_max: int = 1 << 40
    guest_min: int = 0x100000
    has_exec_heap: bool = True


@dataclass(frozen=True)
class Segment:
    """What is loaded, and where; addresses are the guest's, sizes bytes."""

    addr: int
    mem_bytes: int
    file_offset: int
    file_bytes: int
    prot: int
    """READ, with WRITE or EXEC."""


@dataclass(frozen=True)
class Image:
    """The plan to load a unikernel."""

    entry: int
    end: int
    abi_version: int
    segments: tuple[Segment, ...]
    mft_offset: int
    mft_bytes: int


@dataclass(frozen=True)
class Device:
    """What a command line says of a device."""

    name: str
    type: int
    """1 block, 2 net, 0: not attached."""
    source: str | None
    block_bytes: int
    mac: bytes | None


@dataclass(frozen=True)
class Args:
    """A command line, read."""

    help: bool
    version: bool
    exec_heap: bool
    mem_bytes: int
    kernel: str | None
    cmdline: bytes
    devices: tuple[Device, ...]


@dataclass(frozen=True)
class FilterDevice:
    """A device as the filter sees it; sizes in bytes."""

    fd: int
    is_net: bool = False
    capacity: int = 0
    block_size: int = 0


@dataclass(frozen=True)
class Policy:
    """What a filter allows."""

    devices: tuple[FilterDevice, ...] = ()
    console_fd: int = 1
    epoll_fd: int = 3
    timer_fd: int = 4
    any_length: bool = False
    error_fd: int = -1
    """-1: none."""
    cpu_fd: int = -1
    """A virtual processor's; -1: there is none."""
    cpu_request: int = 0
    """The one request to it (ioctl)."""


@dataclass(frozen=True)
class Insn:
    """One instruction of classic BPF (linux/filter.h)."""

    code: int
    jt: int
    jf: int
    k: int


@functools.cache
def _core() -> Any:  # noqa: ANN401 - what cffi makes has no types
    folder = Path(os.environ.get("SOLO5_TENDER_DIR", tree().build_root / "native" / "solo5" / "tender"))
    path = folder / _EXTENSION
    spec = importlib.util.spec_from_file_location("_tender", path)
    if spec is None or spec.loader is None or not path.exists():
        message = f"{path}: not there; build it: solo5 build --native"
        raise ToolMissingError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _checked(result: int, error: Any) -> int:  # noqa: ANN401
    if result < 0:
        raise RefusedError(_core().ffi.string(error.text).decode(errors="replace"))
    return result


def _arch(name: str) -> Any:  # noqa: ANN401
    found = _core().lib.arch_find(name.encode())
    if found == _core().ffi.NULL:
        message = f"architecture {name!r}: the tenders do not know it; known: {', '.join(arch_names())}"
        raise UsageError(message)
    return found


def arch_names() -> tuple[str, ...]:
    """Return the architectures that the tenders know."""
    core = _core()
    return tuple(each for each in tree().arch_names if core.lib.arch_find(each.encode()) != core.ffi.NULL)


def _target(tender: Tender, keep: list[Any]) -> Any:  # noqa: ANN401
    ffi = _core().ffi
    name = ffi.new("char[]", tender.name.encode())
    keep.append(name)
    return ffi.new(
        "struct target *",
        {
            "name": name,
            "program": name,
            "has_exec_heap": tender.has_exec_heap,
            "abi": tender.abi,
            "abi_min": tender.abi_min,
            "abi_max": tender.abi_max,
            "mem_min": tender.mem_min,
            "mem_max": tender.mem_max,
            "guest_min": tender.guest_min,
        },
    )


def elf_read(
    file: bytes,
    arch: str,
    *,
    mem_bytes: int = 512 * _MIB,
    host_page_bytes: int = 4096,
    tender: Tender = Tender(),
) -> Image:
    """Plan how to load a unikernel. Raises RefusedError."""
    core, keep = _core(), []  # type: ignore[var-annotated]
    image, error = core.ffi.new("struct elf_image *"), core.ffi.new("struct error *")
    # A copy of exactly its size, so that a sanitizer sees every byte beyond.
    data = core.ffi.new("uint8_t[]", file)
    target = _target(tender, keep)
    _checked(core.lib.elf_read(image, data, len(file), target, _arch(arch), mem_bytes, host_page_bytes, error), error)
    segments = tuple(
        Segment(each.addr, each.mem_bytes, each.file_offset, each.file_bytes, each.prot)
        for each in image.segment[0 : image.segment_count]
    )
    return Image(image.entry, image.end, image.abi_version, segments, image.mft_offset, image.mft_bytes)


def _manifest(data: bytes) -> Any:  # noqa: ANN401
    """Return a union manifest; who takes parts of it must hold on to the whole."""
    core = _core()
    manifest, error = core.ffi.new("union manifest *"), core.ffi.new("struct error *")
    copy = core.ffi.new("uint8_t[]", data)
    _checked(core.lib.manifest_read(manifest, copy, len(data), error), error)
    return manifest


def manifest_read(data: bytes) -> tuple[tuple[str, int], ...]:
    """Return name and type of each device of struct mft. Raises RefusedError."""
    core, manifest = _core(), _manifest(data)
    entries = (manifest.mft.e[index] for index in range(1, manifest.mft.entries))
    return tuple((core.ffi.string(each.name).decode(), each.type) for each in entries)


def args_read(words: Sequence[str], *, mft: bytes | None = None, tender: Tender = Tender()) -> Args:
    """Read a command line, without the program's name.

    With `mft`, its devices must match that manifest. Raises RefusedError.
    """
    core, keep = _core(), []  # type: ignore[var-annotated]
    argv = [core.ffi.new("char[]", word.encode()) for word in (tender.name, *words)]
    args, error = core.ffi.new("struct args *"), core.ffi.new("struct error *")
    pointers = core.ffi.new("char *[]", [*argv, core.ffi.NULL])
    _checked(core.lib.args_read(args, len(argv), pointers, _target(tender, keep), error), error)
    if mft is not None:
        manifest = _manifest(mft)
        _checked(core.lib.args_match(args, core.ffi.addressof(manifest.mft), error), error)

    def text(pointer: Any) -> str | None:  # noqa: ANN401
        return None if pointer == core.ffi.NULL else core.ffi.string(pointer).decode()

    devices = tuple(
        Device(
            core.ffi.string(each.name).decode(),
            each.type,
            text(each.source),
            each.block_bytes,
            bytes(each.mac) if each.has_mac else None,
        )
        for each in args.device[0 : args.device_count]
    )
    cmdline = core.ffi.string(args.cmdline)
    return Args(args.help, args.version, args.exec_heap, args.mem_bytes, text(args.kernel), cmdline, devices)


def args_number(text: str, most: int) -> int | None:
    """Return the number that all of `text` is, if it is at most `most`."""
    core = _core()
    value = core.ffi.new("uint64_t *")
    return value[0] if core.lib.args_number(text.encode(), most, value) else None


def range_inside(addr: int, size_bytes: int, start: int, end: int) -> bool:
    """Tell whether a range of guest memory lies in [start, end)."""
    return bool(_core().lib.guest_range_inside(addr, size_bytes, start, end))


def memory_at(addr: int, size_bytes: int, start: int, end: int) -> int | None:
    """Return how far behind `start` a checked pointer lies; None: refused."""
    ffi = _core().ffi
    host = ffi.cast("uint8_t *", 1 << 32)
    memory = ffi.new("struct guest_memory *", {"host": host, "start": start, "end": end})
    at = _core().lib.guest_memory_at(memory, {"value": addr}, size_bytes)
    return None if at == ffi.NULL else int(ffi.cast("uintptr_t", at)) - (1 << 32)


def memory_to_write(addr: int, size_bytes: int, start: int, end: int, read_only: Sequence[tuple[int, int]]) -> bool:
    """Tell whether a pointer is given to bytes that are to be written; `read_only`: ranges [start, end)."""
    ffi = _core().ffi
    ranges = ffi.new("struct guest_range[]", [{"start": first, "end": last} for first, last in read_only])
    host = ffi.cast("uint8_t *", 1 << 32)
    given = {"host": host, "start": start, "end": end, "read_only": ranges, "read_only_count": len(read_only)}
    memory = ffi.new("struct guest_memory *", given)
    return bool(_core().lib.guest_memory_to_write(memory, {"value": addr}, size_bytes) != ffi.NULL)


def call_numbers(arch: str) -> dict[str, int]:
    """Return the system calls that a filter of the architecture can allow."""
    core = _core()
    table = _arch(arch).filter
    names = (
        "write",
        "read",
        "pread64",
        "pwrite64",
        "epoll_pwait",
        "timerfd_settime",
        "clock_gettime",
        "exit_group",
        "ioctl",
    )
    numbers = {name: getattr(table, name) for name in names}
    if table.set_thread_pointer != core.lib.FILTER_NO_CALL:
        numbers["set_thread_pointer"] = table.set_thread_pointer
    return numbers


def filter_build(arch: str, policy: Policy, *, room: int = _MAX_INSNS) -> tuple[Insn, ...]:
    """Assemble a filter. Raises RefusedError."""
    core = _core()
    ffi = core.ffi
    given = ffi.new("struct filter_policy *")
    given.console_fd, given.epoll_fd, given.timer_fd = policy.console_fd, policy.epoll_fd, policy.timer_fd
    given.error_fd, given.cpu_fd, given.cpu_request = policy.error_fd, policy.cpu_fd, policy.cpu_request
    given.any_length, given.device_count = policy.any_length, len(policy.devices)
    for slot, device in zip(given.device, policy.devices, strict=False):
        slot.fd, slot.is_net = device.fd, device.is_net
        slot.capacity, slot.block_size = device.capacity, device.block_size
    insns, error = ffi.new("struct sock_filter[]", max(room, 1)), ffi.new("struct error *")
    count = _checked(core.lib.filter_build(_arch(arch).filter, given, insns, room, error), error)
    return tuple(Insn(each.code, each.jt, each.jf, each.k) for each in insns[0:count])
