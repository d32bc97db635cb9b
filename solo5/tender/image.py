# SPDX-License-Identifier: ISC
"""What a tender makes of a unikernel's file: the plan to load it, its pages, their tables, its addresses."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from solo5.elf.runnable import Segment
from solo5.tender.core import DEFAULT_TENDER, Tender, arch_struct, extension, refuse_below_0, target_struct

_MIB: Final = 1 << 20


@dataclass(frozen=True)
class File:
    """A file that need not keep still while it is read."""

    size: int
    read: Callable[[int, int], bytes]
    """Returns so many bytes from an offset on; fewer: it became shorter."""


@dataclass(frozen=True)
class Image:
    """The plan to load a unikernel."""

    entry: int
    end: int
    abi_version: int
    segments: tuple[Segment, ...]
    mft: bytes
    """struct mft, as the file has it."""


@dataclass(frozen=True)
class Pages:
    """Guest memory of the same rights, from `start` (inclusive) to `end` (exclusive)."""

    start: int
    end: int
    rights: int


@dataclass(frozen=True)
class PageTables:
    """Page tables in memory: `used` bytes of `memory` from `start` on."""

    start: int
    memory: bytes
    used: int


def _file(file: File, keep: list[Any]) -> dict[str, Any]:
    """Return a struct elf_file."""
    ffi, fail = extension().ffi, extension().lib.fail

    def read_into(_: Any, offset: int, buffer: Any, size: int) -> int:  # noqa: ANN401
        content = file.read(offset, size)
        if len(content) != size:
            return int(fail(errno.EIO, b"became shorter while it was read"))
        ffi.memmove(buffer, content, size)
        return 0

    keep.append(ffi.callback("int(void *, uint64_t, void *, uint64_t)", read_into))
    return {"bytes": file.size, "read": keep[-1]}


class Loaded:
    """A unikernel as a tender has it once its file is read."""

    def __init__(
        self,
        file: bytes | File,
        arch: str,
        *,
        mem_bytes: int = 512 * _MIB,
        host_page_bytes: int = 4096,
        tender: Tender = DEFAULT_TENDER,
    ) -> None:
        """Read it. Raises RefusedError."""
        core, self._keep = extension(), []  # type: ignore[var-annotated]
        image = core.ffi.new("struct elf_image *")
        whole = file if isinstance(file, File) else File(len(file), lambda at, size: file[at : at + size])
        target = target_struct(tender, self._keep)
        self._keep.append(target)
        image.file, image.target, image.arch = _file(whole, self._keep), target, arch_struct(arch)
        image.mem_bytes, image.page_bytes = mem_bytes, host_page_bytes
        refuse_below_0(core.lib.elf_read(image))
        self._image, self._lib = image, core.lib
        segments = tuple(
            Segment(each.addr.value, each.mem_bytes, each.file_offset, each.file_bytes, each.flags)
            for each in image.segment[0 : image.segment_count]
        )
        mft = bytes(core.ffi.buffer(core.ffi.addressof(image.manifest), core.lib.mft_size(image.manifest.mft.entries)))
        self.image = Image(image.entry, image.end, image.abi_version, segments, mft)

    def pages(self) -> tuple[Pages, ...]:
        """Return the guest's pages: those of each segment, and those behind all of them."""
        each = (self._lib.elf_pages(self._image, index) for index in range(len(self.image.segments) + 1))
        return tuple(Pages(pages.start, pages.end, pages.rights) for pages in each)

    def tables(self, tables_format: int, *, start: int, room: int) -> PageTables:
        """Make solo5-hvt's page tables of a format, whose struct is at that address here, in `room` bytes at `start`.

        Raises RefusedError.
        """
        ffi = extension().ffi
        memory = ffi.new("uint64_t[]", room // 8)
        described = ffi.cast("const struct tables_format *", tables_format)
        made = ffi.new("struct tables *", {"format": described, "host": memory, "start": start, "end": start + room})
        refuse_below_0(self._lib.hvt_memory_map(made, self._image))
        return PageTables(start, bytes(ffi.buffer(memory)), made.used_end - start)

    def may(self, addr: int, size_bytes: int, start: int, *, write: bool) -> bool:
        """Tell whether solo5-hvt reads or writes guest memory, which begins at `start`, when its guest asks for it."""
        ffi = extension().ffi
        host = ffi.cast("uint8_t *", 1 << 32)
        memory = ffi.new("struct guest_memory *", {"host": host, "start": start, "end": self._image.mem_bytes})
        at = self._lib.hvt_memory_at(memory, self._image, {"value": addr}, size_bytes, write)
        if at != ffi.NULL and int(ffi.cast("uintptr_t", at)) != (1 << 32) + addr - start:
            message = f"{addr:#x}: not where it lies in memory"
            raise AssertionError(message)
        return bool(at != ffi.NULL)


def elf_read(
    file: bytes | File,
    arch: str,
    *,
    mem_bytes: int = 512 * _MIB,
    host_page_bytes: int = 4096,
    tender: Tender = DEFAULT_TENDER,
) -> Image:
    """Plan how to load a unikernel. Raises RefusedError."""
    return Loaded(file, arch, mem_bytes=mem_bytes, host_page_bytes=host_page_bytes, tender=tender).image


def range_inside(addr: int, size_bytes: int, start: int, end: int) -> bool:
    """Tell whether a range of guest memory lies in [start, end)."""
    return bool(extension().lib.guest_range_inside(addr, size_bytes, start, end))


def memory_at(addr: int, size_bytes: int, start: int, end: int) -> int | None:
    """Return how far behind `start` a checked pointer lies; None: refused."""
    ffi = extension().ffi
    host = ffi.cast("uint8_t *", 1 << 32)
    memory = ffi.new("struct guest_memory *", {"host": host, "start": start, "end": end})
    at = extension().lib.guest_memory_at(memory, {"value": addr}, size_bytes)
    return None if at == ffi.NULL else int(ffi.cast("uintptr_t", at)) - (1 << 32)
