# SPDX-License-Identifier: ISC
"""What a machine boots: the kernel's image, and an initramfs with the payload."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from solo5 import kept, scratch
from solo5.places.vm import packed

#: Magic of the bzImage boot protocol (kernel Documentation, boot.rst).
_BZIMAGE_MAGIC: Final = b"HdrS"
_BZIMAGE_MAGIC_AT: Final = 0x202
_SETUP_SECTORS_AT: Final = 0x1F1
_PAYLOAD_AT: Final = 0x248
_SECTOR: Final = 512

Content = Path | bytes


def image(kernel: Path) -> Path:
    """Return the file to boot: the kernel unpacked, if it packs itself.

    Unpacking itself is what an emulated machine would spend most of its boot
    on. The result is kept beside the kernel. Other images return as they are.
    """
    with kernel.open("rb") as file:
        head = file.read(_PAYLOAD_AT + 8)
    if head[_BZIMAGE_MAGIC_AT : _BZIMAGE_MAGIC_AT + 4] != _BZIMAGE_MAGIC:
        return kernel
    unpacked = kernel.with_name(f"unpacked-{kernel.name}")
    if unpacked.exists() and kept.is_known(unpacked):
        return unpacked
    offset, size = struct.unpack_from("<II", head, _PAYLOAD_AT)
    start = (head[_SETUP_SECTORS_AT] + 1) * _SECTOR + offset
    payload = kernel.read_bytes()[start : start + size]
    if not packed.is_packed(payload):
        return kernel
    with scratch.replacing(unpacked) as unfinished:
        unfinished.write_bytes(packed.unpack(payload, str(kernel)))
        # Whole seconds, as the kernel's package has them: archives keep no parts.
        os.utime(unfinished, times=(int(kernel.stat().st_mtime),) * 2)
    kept.add(unpacked)
    return unpacked


def initramfs(files: Mapping[str, Content]) -> bytes:
    """Return a cpio archive (newc) of executable files, their folders included.

    `files` maps a path below / to a file or its content. Format: kernel
    Documentation/driver-api/early-userspace/buffer-format.rst.
    """
    entries = [(folder, 0o040755, b"") for folder in _folders(files)]
    for path, content in files.items():
        data = content.read_bytes() if isinstance(content, Path) else content
        entries.append((path, 0o100755, data))
    entries.append(("TRAILER!!!", 0, b""))
    return b"".join(_entry(number, *entry) for number, entry in enumerate(entries, 1))


def _folders(files: Mapping[str, Content]) -> tuple[str, ...]:
    parents = {str(parent) for path in files for parent in Path(path).parents} - {"."}
    return tuple(sorted({*parents, "dev", "proc", "sys"}))


def _entry(number: int, path: str, mode: int, data: bytes) -> bytes:
    name = path.encode() + b"\0"
    links = 2 if mode & 0o040000 else 1
    fields = (number, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields)
    return _padded(head + name) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
