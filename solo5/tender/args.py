# SPDX-License-Identifier: ISC
"""A tender's command line, and the manifest that its devices have to match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from solo5.tender.core import DEFAULT_TENDER, Tender, extension, refuse_below_0, target_struct


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


def manifest_struct(data: bytes) -> Any:  # noqa: ANN401
    """Return a union manifest; who takes parts of it must hold on to the whole."""
    core = extension()
    manifest = core.ffi.new("union manifest *")
    copy = core.ffi.new("uint8_t[]", data)
    refuse_below_0(core.lib.manifest_read(manifest, copy, len(data)))
    return manifest


def manifest_read(data: bytes) -> tuple[tuple[str, int], ...]:
    """Return name and type of each device of struct mft. Raises RefusedError."""
    core, manifest = extension(), manifest_struct(data)
    entries = (manifest.mft.e[index] for index in range(1, manifest.mft.entries))
    return tuple((core.ffi.string(each.name).decode(), each.type) for each in entries)


def args_read(words: Sequence[str], *, mft: bytes | None = None, tender: Tender = DEFAULT_TENDER) -> Args:
    """Read a command line, without the program's name.

    With `mft`, its devices must match that manifest. Raises RefusedError.
    """
    core, keep = extension(), []  # type: ignore[var-annotated]
    argv = [core.ffi.new("char[]", word.encode()) for word in (tender.name, *words)]
    args, lib = core.ffi.new("struct args *"), core.lib
    pointers = core.ffi.new("char *[]", [*argv, core.ffi.NULL])
    refuse_below_0(lib.args_read(args, target_struct(tender, keep), pointers))
    if mft is not None:
        manifest = manifest_struct(mft)
        refuse_below_0(lib.args_match(args, core.ffi.addressof(manifest.mft)))

    def text(pointer: Any) -> str | None:  # noqa: ANN401
        return None if pointer == core.ffi.NULL else core.ffi.string(pointer).decode()

    def device(each: Any) -> Device:  # noqa: ANN401
        name, source = core.ffi.string(each.name).decode(), text(each.source)
        if each.type == lib.MFT_DEV_BLOCK_BASIC:
            return Device(name, source, None, each.block_bytes, None)
        return Device(name, None, source, each.block_bytes, bytes(each.mac) if text(each.detail) else None)

    devices = tuple(device(each) for each in args.device[0 : args.device_count])
    more = tuple(text(args.value[lib.ARGS_MORE + index]) for index in range(len(tender.options)))
    asks_help, asks_version = (text(args.value[each]) is not None for each in (lib.ARGS_HELP, lib.ARGS_VERSION))
    cmdline = core.ffi.string(args.cmdline)
    user = (args.uid, args.gid) if args.uid else None
    return Args(asks_help, asks_version, more, args.mem_bytes, text(args.kernel), cmdline, devices, user)


def args_number(text: str, most: int) -> int | None:
    """Return the number that all of `text` is, if it is at most `most`."""
    core = extension()
    value = core.ffi.new("uint64_t *")
    return value[0] if core.lib.args_number(text.encode(), most, value) else None
