# SPDX-License-Identifier: ISC
"""Unpacks what kernels and their modules are packed with.

How something is packed is read from its first bytes; what is not packed
returns as it is. What may follow the packed content is left out: a kernel's
build appends the unpacked size (kernel Documentation, boot.rst).
"""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import lz4.block
import zstandard

from solo5.errors import ToolMissingError

#: Blocks of LZ4's legacy frame unpack to at most this (lz4_Frame_format.md).
_LZ4_BLOCK_BYTES: Final = 8 << 20
_LZ4_MAGIC: Final = bytes.fromhex("02214c18")


def unpack(content: bytes, subject: str) -> bytes:
    """Return content unpacked. Raises ToolMissingError, which begins with `subject`, if it is damaged."""
    for magic, unpacked in _FORMATS.items():
        if content.startswith(magic):
            try:
                return unpacked(content)
            except (EOFError, lzma.LZMAError, zstandard.ZstdError, lz4.block.LZ4BlockError) as cause:
                message = f"{subject}: cannot be unpacked: {cause}; remove its folder to fetch it anew"
                raise ToolMissingError(message) from cause
    return content


def is_packed(content: bytes) -> bool:
    """Tell whether `unpack` would change content that begins so."""
    return content.startswith(tuple(_FORMATS))


def _xz(content: bytes) -> bytes:
    stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    unpacked = stream.decompress(content)
    return _whole(unpacked, stream.eof)


def _zstd(content: bytes) -> bytes:
    stream = zstandard.ZstdDecompressor().decompressobj()
    unpacked = stream.decompress(content)
    return _whole(unpacked, stream.eof)


def _whole(unpacked: bytes, ended: bool) -> bytes:  # noqa: FBT001 - what the library says of the end
    if not ended:
        message = "its end is missing"
        raise EOFError(message)
    return unpacked


def _lz4(content: bytes) -> bytes:
    return b"".join(_lz4_blocks(content))


def _lz4_blocks(content: bytes) -> Iterator[bytes]:
    """Yield the unpacked blocks of LZ4's legacy frame: each has its packed size before it."""
    at = len(_LZ4_MAGIC)
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "little")
        at += 4
        yield lz4.block.decompress(content[at : at + size], uncompressed_size=_LZ4_BLOCK_BYTES)
        at += size


#: By the bytes that each begins with: the formats' own documents (xz-file-format.txt, RFC 8878).
_FORMATS: Final[Mapping[bytes, Callable[[bytes], bytes]]] = {
    bytes.fromhex("fd377a585a00"): _xz,
    bytes.fromhex("28b52ffd"): _zstd,
    _LZ4_MAGIC: _lz4,
}
