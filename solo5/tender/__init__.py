# SPDX-License-Identifier: ISC
"""The tenders' cores in Python: the same C that stands between guest and host.

Reads ELF files, manifests and command lines, checks guest addresses and
assembles seccomp filters, as a tender does, for every architecture, on any
machine. What C refuses raises RefusedError with its line.

The extension lies in build/native (`solo5 build --native`).
"""

from __future__ import annotations

import errno
import functools
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from solo5.errors import ToolMissingError, UsageError
from solo5.facts import tree

__all__ = [
    "EXEC",
    "READ",
    "WRITE",
    "Args",
    "Device",
    "File",
    "Image",
    "Insn",
    "Loaded",
    "Made",
    "Pages",
    "Policy",
    "PolicyDevice",
    "RefusedError",
    "Segment",
    "Tender",
    "arch_names",
    "args_number",
    "args_read",
    "call_numbers",
    "elf_read",
    "filter_build",
    "manifest_read",
    "memory_at",
    "range_inside",
]

#: Rights of a segment, as in ELF (PF_R, PF_W, PF_X).
READ: Final = 4
WRITE: Final = 2
EXEC: Final = 1

_MIB: Final = 1 << 20
_EXTENSION: Final = "_tender.abi3.so"


class RefusedError(UsageError):
    """The core refused its input; the message is the line that a tender prints."""


@dataclass(frozen=True)
class Tender:
    """What a tender accepts (tenders/common/target.h); the numbers are solo5-spt's."""

    name: str = "core"
    """In messages."""
    abi: int = 2
    abi_max: int = 2
    guest_min: int = 0x100000
    mem_max: int = 1 << 40
    options: tuple[str, ...] = ("--x-exec-heap",)
    """Those that only it has."""


@dataclass(frozen=True)
class File:
    """A file that need not keep still while it is read."""

    size: int
    read: Callable[[int, int], bytes]
    """Returns so many bytes from an offset on; fewer: it became shorter."""


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
    mft: bytes
    """struct mft, not checked yet."""


@dataclass(frozen=True)
class Device:
    """What a command line says of a device."""

    name: str
    block: str | None
    """What it is attached to as a block device."""
    net: str | None
    """The same, as a network device."""
    block_bytes: int
    mac: bytes | None


@dataclass(frozen=True)
class Args:
    """A command line, read."""

    help: bool
    version: bool
    more: tuple[str | None, ...]
    """Of each option that only the tender has: its value, "" if it takes none; None: not given."""
    mem_bytes: int
    kernel: str | None
    cmdline: bytes
    devices: tuple[Device, ...]
    user: tuple[int, int] | None = None
    """User and group that the guest runs as; None: not given."""


@dataclass(frozen=True)
class PolicyDevice:
    """A device that may be used; sizes in bytes."""

    fd: int
    is_net: bool = False
    capacity: int = 0
    block_size: int = 0


@dataclass(frozen=True)
class Policy:
    """What is allowed while a guest runs (tenders/common/policy.h)."""

    devices: tuple[PolicyDevice, ...] = ()
    console_fd: int = 1
    error_fd: int | None = None
    poll_fd: int = 3
    timer_fd: int = 4
    any_length: bool = False
    """Whether a block call may move any number of bytes; else exactly a block."""
    cpu_fd: int | None = None
    """A virtual processor's."""
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
    path = tree().build_root / "native/solo5/tender" / _EXTENSION
    spec = importlib.util.spec_from_file_location("_tender", path)
    if spec is None or spec.loader is None or not path.exists():
        message = f"{path}: not there; build it: solo5 build --native"
        raise ToolMissingError(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _refuse_below_0(result: int) -> None:
    """Raise what a function said that returns 0 or -errno."""
    if result < 0:
        raise RefusedError(_core().ffi.string(_core().lib.error_line()).decode(errors="replace"))


def _table(entry_at: Callable[[int], Any]) -> list[Any]:
    """Return a table of architectures."""
    entries = list[Any]()
    while (entry := entry_at(len(entries))) != _core().ffi.NULL:
        entries.append(entry)
    return entries


def _archs() -> dict[str, Any]:
    return {_core().ffi.string(each.name).decode(): each for each in _table(_core().lib.arch_at)}


def _linux_arch(name: str) -> Any:  # noqa: ANN401
    audit_arch = tree().arch(name).linux.audit_arch
    return next(each for each in _table(_core().lib.linux_arch_at) if each.audit_arch == audit_arch)


def _arch(name: str) -> Any:  # noqa: ANN401
    known = _archs()
    if name not in known:
        message = f"architecture {name!r}: the tenders do not know it; known: {', '.join(known)}"
        raise UsageError(message)
    return known[name]


def arch_names() -> tuple[str, ...]:
    """Return the architectures that the tenders know."""
    return tuple(_archs())


def _target(tender: Tender, keep: list[Any]) -> Any:  # noqa: ANN401
    ffi = _core().ffi
    name, *options = (ffi.new("char[]", each.encode()) for each in (tender.name, *tender.options))
    keep += [name, *options]
    return ffi.new(
        "struct target *",
        {
            "program": name,
            "options": options,
            "abi": tender.abi,
            "abi_max": tender.abi_max,
            "guest_min": tender.guest_min,
            "mem_max": tender.mem_max,
        },
    )


def _file(file: File, keep: list[Any]) -> dict[str, Any]:
    """Return a struct elf_file."""
    ffi, fail = _core().ffi, _core().lib.fail

    def read_into(_: Any, offset: int, buffer: Any, size: int) -> int:  # noqa: ANN401
        content = file.read(offset, size)
        if len(content) != size:
            return int(fail(errno.EIO, b"became shorter while it was read"))
        ffi.memmove(buffer, content, size)
        return 0

    keep.append(ffi.callback("int(void *, uint64_t, void *, uint64_t)", read_into))
    return {"bytes": file.size, "read": keep[-1]}


def elf_read(
    file: bytes | File,
    arch: str,
    *,
    mem_bytes: int = 512 * _MIB,
    host_page_bytes: int = 4096,
    tender: Tender = Tender(),
) -> Image:
    """Plan how to load a unikernel. Raises RefusedError."""
    return Loaded(file, arch, mem_bytes=mem_bytes, host_page_bytes=host_page_bytes, tender=tender).image


@dataclass(frozen=True)
class Pages:
    """Guest memory of the same rights, from `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int
    rights: int


@dataclass(frozen=True)
class Made:
    """Page tables in memory: `used` bytes of `memory` from `start` on."""

    start: int
    memory: bytes
    used: int


class Loaded:
    """A unikernel as a tender has it once its file is read."""

    def __init__(
        self,
        file: bytes | File,
        arch: str,
        *,
        mem_bytes: int = 512 * _MIB,
        host_page_bytes: int = 4096,
        tender: Tender = Tender(),
    ) -> None:
        """Read it. Raises RefusedError."""
        core, self._keep = _core(), []  # type: ignore[var-annotated]
        image = core.ffi.new("struct elf_image *")
        whole = file if isinstance(file, File) else File(len(file), lambda at, size: file[at : at + size])
        target = _target(tender, self._keep)
        self._keep.append(target)
        image.file, image.target, image.arch = _file(whole, self._keep), target, _arch(arch)
        image.mem_bytes, image.page_bytes = mem_bytes, host_page_bytes
        _refuse_below_0(core.lib.elf_read(image))
        self._image, self._lib = image, core.lib
        segments = tuple(
            Segment(each.addr.value, each.mem_bytes, each.file_offset, each.file_bytes, each.flags)
            for each in image.segment[0 : image.segment_count]
        )
        mft = bytes(image.mft)[: image.mft_bytes]
        self.image = Image(image.entry, image.end, image.abi_version, segments, mft)

    def pages(self) -> tuple[Pages, ...]:
        """Return the guest's pages: those of each segment, and those behind all of them."""
        each = (self._lib.elf_pages(self._image, index) for index in range(len(self.image.segments) + 1))
        return tuple(Pages(pages.start, pages.end, pages.rights) for pages in each)

    def tables(self, tables_format: int, *, start: int, room: int) -> Made:
        """Make solo5-hvt's page tables of a format, whose struct is at that address here, in `room` bytes at `start`.

        Raises RefusedError.
        """
        ffi = _core().ffi
        memory = ffi.new("uint64_t[]", room // 8)
        described = ffi.cast("const struct tables_format *", tables_format)
        made = ffi.new("struct tables *", {"format": described, "host": memory, "start": start, "end": start + room})
        _refuse_below_0(self._lib.hvt_memory_map(made, self._image))
        return Made(start, bytes(ffi.buffer(memory)), made.used_end - start)

    def may(self, addr: int, size_bytes: int, start: int, *, write: bool) -> bool:
        """Tell whether solo5-hvt reads or writes guest memory, which begins at `start`, when its guest asks for it."""
        ffi = _core().ffi
        host = ffi.cast("uint8_t *", 1 << 32)
        memory = ffi.new("struct guest_memory *", {"host": host, "start": start, "end": self._image.mem_bytes})
        at = self._lib.hvt_memory_at(memory, self._image, {"value": addr}, size_bytes, write)
        if at != ffi.NULL and int(ffi.cast("uintptr_t", at)) != (1 << 32) + addr - start:
            message = f"{addr:#x}: not where it lies in memory"
            raise AssertionError(message)
        return bool(at != ffi.NULL)


def _manifest(data: bytes) -> Any:  # noqa: ANN401
    """Return a union manifest; who takes parts of it must hold on to the whole."""
    core = _core()
    manifest = core.ffi.new("union manifest *")
    copy = core.ffi.new("uint8_t[]", data)
    _refuse_below_0(core.lib.manifest_read(manifest, copy, len(data)))
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
    args, lib = core.ffi.new("struct args *"), core.lib
    pointers = core.ffi.new("char *[]", [*argv, core.ffi.NULL])
    _refuse_below_0(lib.args_read(args, _target(tender, keep), pointers))
    if mft is not None:
        manifest = _manifest(mft)
        _refuse_below_0(lib.args_match(args, core.ffi.addressof(manifest.mft)))

    def text(pointer: Any) -> str | None:  # noqa: ANN401
        return None if pointer == core.ffi.NULL else core.ffi.string(pointer).decode()

    devices = tuple(
        Device(
            core.ffi.string(each.name).decode(),
            text(each.value[lib.ARGS_BLOCK]),
            text(each.value[lib.ARGS_NET]),
            each.block_bytes,
            bytes(each.mac) if text(each.value[lib.ARGS_MAC]) else None,
        )
        for each in args.device[0 : args.device_count]
    )
    more = tuple(text(args.value[lib.ARGS_MORE + index]) for index in range(len(tender.options)))
    asks_help, asks_version = (text(args.value[each]) is not None for each in (lib.ARGS_HELP, lib.ARGS_VERSION))
    cmdline = core.ffi.string(args.cmdline)
    user = (args.uid, args.gid) if args.uid else None
    return Args(asks_help, asks_version, more, args.mem_bytes, text(args.kernel), cmdline, devices, user)


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


def call_numbers(arch: str) -> dict[str, int]:
    """Return the system calls that a filter of the architecture can allow."""
    core = _core()
    table = _linux_arch(arch)
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
    if table.set_thread_pointer != core.lib.LINUX_NO_CALL:
        numbers["set_thread_pointer"] = table.set_thread_pointer
    return numbers


def _policy(policy: Policy, keep: list[Any]) -> Any:  # noqa: ANN401
    lib, manifest = _core().lib, _core().ffi.new("union manifest *")
    keep.append(manifest)
    manifest.mft.entries = 1 + len(policy.devices)
    for handle, device in enumerate(policy.devices, 1):
        entry = manifest.mft.e[handle]
        entry.type, entry.b.hostfd = lib.MFT_DEV_BLOCK_BASIC, device.fd
        entry.u.block_basic.capacity, entry.u.block_basic.block_size = device.capacity, device.block_size
        if device.is_net:
            entry.type = lib.MFT_DEV_NET_BASIC
    return _core().ffi.new(
        "struct policy *",
        {
            "mft": _core().ffi.addressof(manifest.mft),
            "console_fd": policy.console_fd,
            "error_fd": lib.POLICY_NO_FD if policy.error_fd is None else policy.error_fd,
            "poll_fd": policy.poll_fd,
            "timer_fd": policy.timer_fd,
            "cpu_fd": lib.POLICY_NO_FD if policy.cpu_fd is None else policy.cpu_fd,
            "cpu_request": policy.cpu_request,
            "any_length": policy.any_length,
        },
    )


def filter_build(arch: str, policy: Policy) -> tuple[Insn, ...]:
    """Assemble the seccomp filter that enforces a policy on Linux."""
    core, keep = _core(), []  # type: ignore[var-annotated]
    insns = core.ffi.new("struct sock_filter[]", core.lib.BPF_MAXINSNS)
    count = core.lib.filter_build(_linux_arch(arch), _policy(policy, keep), insns)
    return tuple(Insn(each.code, each.jt, each.jf, each.k) for each in insns[0:count])
