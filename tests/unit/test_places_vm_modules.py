# SPDX-License-Identifier: ISC
"""Modules come plain, whatever they are packed with, and in an order in which each can be loaded."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from solo5.errors import ToolMissingError
from solo5.places.vm import modules


def _module(name: str, *needs: str) -> bytes:
    """Return what stands in a module of that name, as far as anybody looks."""
    return b"\x7fELF" + name.encode() * 100 + b"\0license=ISC\0depends=" + ",".join(needs).encode() + b"\0"


def _zstd(content: bytes) -> bytes:
    # As the kernel's build does it: from a pipe, so the size does not stand in the frame.
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(content) + stream.flush()


def _xz(content: bytes) -> bytes:
    # As the kernel's build does it (scripts/Makefile.modinst).
    return lzma.compress(content, check=lzma.CHECK_CRC32)


PACKERS: dict[str, Callable[[bytes], bytes]] = {".ko": bytes, ".ko.xz": _xz, ".ko.zst": _zstd}


def _folder(tmp_path: Path, suffix: str = ".ko") -> Path:
    """Return lib/modules/<release> with the modules `net-core`, `net_card` and `card`, and `pci` built in."""
    folder = tmp_path / "6.1.0"
    (folder / "kernel" / "drivers").mkdir(parents=True)
    (folder / "modules.builtin").write_text("kernel/drivers/pci.ko\n")
    for name, needs in {"net-core": (), "net_card": ("net-core", "pci"), "card": ("net_card", "net_core")}.items():
        content = PACKERS[suffix](_module(name, *needs))
        (folder / "kernel" / "drivers" / f"{name}{suffix}").write_bytes(content)
    return folder


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_modules_come_plain(tmp_path: Path, suffix: str) -> None:
    """Of each form, modules are found, their needs are read, and what is handed out is the plain module."""
    expected = {
        "net-core.ko": _module("net-core"),
        "net_card.ko": _module("net_card", "net-core", "pci"),
        "card.ko": _module("card", "net_card", "net_core"),
    }
    found = modules.closure(_folder(tmp_path, suffix), ("card",))
    assert expected == found
    assert list(expected) == list(found)


def test_names_with_dashes_are_names_with_underscores(tmp_path: Path) -> None:
    """A module is found under either, and what is built in has no file."""
    folder = _folder(tmp_path)
    assert ["net-core.ko"] == list(modules.closure(folder, ("net_core", "net-core", "pci")))


def test_an_absent_module_is_named(tmp_path: Path) -> None:
    """What is neither built in nor there is an error with the module and the kernel."""
    with pytest.raises(ToolMissingError, match=r"kernel module virtio_moon: not in 6\.1\.0"):
        modules.closure(_folder(tmp_path), ("virtio_moon",))


@pytest.mark.parametrize("suffix", [".ko.xz", ".ko.zst"])
def test_a_damaged_module_is_named(tmp_path: Path, suffix: str) -> None:
    """A packed module whose end is missing is an error with its path, not a module."""
    folder = _folder(tmp_path, suffix)
    file = folder / "kernel" / "drivers" / f"net-core{suffix}"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(ToolMissingError, match=rf"net-core{suffix}: cannot be unpacked"):
        modules.closure(folder, ("card",))
