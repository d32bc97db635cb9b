# SPDX-License-Identifier: ISC
"""The notes of unikernel files as bytes; solo5.elf.read finds them in a file.

Layout: bindings/include/solo5/elf_abi.h.
"""

from __future__ import annotations

import struct
from typing import Final

__all__ = [
    "ABI",
    "ABI1",
    "HEADER",
    "MFT1",
    "MFT_MAX",
    "MFT_PADDING",
    "NOT_OPENBSD",
    "OTHER_TARGETS",
    "OWNER",
    "OWNER_SIZE",
    "abi_note",
    "encode",
    "mft_note",
    "not_openbsd_note",
]

ABI1: Final = 0x31494241
MFT1: Final = 0x3154464D
OWNER: Final = b"Solo5\0\0\0"
OWNER_SIZE: Final = 6
HEADER: Final = struct.Struct("<III8s")
#: Of the note that keeps OpenBSD's kernel from starting a unikernel.
NOT_OPENBSD: Final = 1

#: The manifest is aligned to 8 in a note that begins so; its descriptor counts the padding.
MFT_PADDING: Final = 4
#: Bytes of the largest manifest note's descriptor: 64 records.
MFT_MAX: Final = 6668

#: Targets that are other people's, by their numbers (elf_abi.h).
OTHER_TARGETS: Final = {4: "muen", 6: "xen"}

#: What the ABI note holds: target, version, and two zeroes.
ABI: Final = struct.Struct("<IIII")


def encode(kind: int, content: bytes, owner: bytes = b"Solo5\0") -> bytes:
    """Return a note as it stands in a file; `content` is its descriptor."""
    return HEADER.pack(len(owner), len(content), kind, owner) + content


def abi_note(abi: int, version: int) -> bytes:
    """Return the note that says for which target a unikernel is, and for which version of its ABI."""
    return encode(ABI1, ABI.pack(abi, version, 0, 0))


def mft_note(mft: bytes) -> bytes:
    """Return the note that holds a struct mft."""
    return encode(MFT1, bytes(MFT_PADDING) + mft)


def not_openbsd_note() -> bytes:
    """Return the note for OpenBSD's kernel."""
    return encode(NOT_OPENBSD, bytes(4), b"OpenBSD\0")
