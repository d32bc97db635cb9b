# SPDX-License-Identifier: ISC
"""Kernels that pack themselves are unpacked here, once, instead of in each emulated machine."""

from __future__ import annotations

import lzma
import struct
from pathlib import Path

import lz4.block
import pytest
import zstandard

from solo5.errors import ToolMissingError
from solo5.places.vm import boot, packed

KERNEL = b"\x7fELF" + bytes(range(256)) * 64


def _lz4() -> bytes:
    block: bytes = lz4.block.compress(KERNEL, store_size=False)
    return bytes.fromhex("02214c18") + struct.pack("<I", len(block)) + block


PACKED = {"lz4": _lz4(), "xz": lzma.compress(KERNEL), "zstd": zstandard.compress(KERNEL)}


def _bzimage(payload: bytes) -> bytes:
    """Return a kernel with one sector of set-up whose payload has the unpacked size behind it (boot.rst)."""
    payload += struct.pack("<I", len(KERNEL))
    image = bytearray(1024)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<II", image, 0x248, 0, len(payload))
    return bytes(image) + payload


@pytest.mark.parametrize("form", PACKED)
def test_a_packed_kernel_boots_unpacked(tmp_path: Path, form: str) -> None:
    """Of each form, the file to boot is the payload unpacked, kept beside the kernel."""
    kernel = tmp_path / "vmlinuz-6"
    kernel.write_bytes(_bzimage(PACKED[form]))
    assert tmp_path / "unpacked-vmlinuz-6" == boot.image(kernel)
    assert KERNEL == boot.image(kernel).read_bytes()


def test_other_kernels_boot_as_they_are(tmp_path: Path) -> None:
    """An image without that header, or with a payload of another form, is left alone."""
    kernel = tmp_path / "vmlinux-6"
    for content in (KERNEL, _bzimage(b"\x1f\x8b" + KERNEL)):
        kernel.write_bytes(content)
        assert kernel == boot.image(kernel)


@pytest.mark.parametrize("form", PACKED)
def test_damage_is_told(form: str) -> None:
    """What ends too early is an error that names the file, in each form; what is not packed returns unchanged."""
    with pytest.raises(ToolMissingError, match="vmlinuz: cannot be unpacked"):
        packed.unpack(PACKED[form][:-40], "vmlinuz")
    assert KERNEL == packed.unpack(KERNEL, "vmlinuz")
