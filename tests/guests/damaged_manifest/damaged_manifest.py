# SPDX-License-Identifier: ISC
"""Unikernel files whose manifest has one fault each, named by the rule that it breaks.

The sound one has a block device `disk` and a network device `service`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from solo5.elf.sample import standard_notes, unikernel
from solo5.facts import Arch, Target

RESERVED = 1 << 30
BLOCK, NET = 1, 2


@dataclass(frozen=True)
class Record:
    """struct mft_entry of mft_abi.h."""

    name: bytes
    type: int
    attached: int = 0

    def encode(self) -> bytes:
        """Return its 104 bytes."""
        return struct.pack("<68sI16s8sB7x", self.name, self.type, b"", b"", self.attached)


FIRST = Record(b"", RESERVED)
DISK, SERVICE = Record(b"disk", BLOCK), Record(b"service", NET)


@dataclass(frozen=True)
class Mft:
    """A struct mft that need not be right."""

    records: tuple[Record, ...] = (FIRST, DISK, SERVICE)
    version: int = 1
    count: int | None = None
    """None: as many as there are."""
    more: bytes = b""
    less: int = 0
    """Bytes missing at the end."""
    head: int = 8
    """Bytes of its two numbers that are there."""

    def encode(self) -> bytes:
        """Return its bytes."""
        count = len(self.records) if self.count is None else self.count
        whole = struct.pack("<II", self.version, count)[: self.head]
        whole += b"".join(each.encode() for each in self.records) + self.more
        return whole[: len(whole) - self.less]


def _many(devices: int) -> tuple[Record, ...]:
    return (FIRST, *(Record(b"disk%d" % index, BLOCK) for index in range(devices)))


VARIANTS: dict[str, Mft] = {
    "sound": Mft(),
    "empty": Mft((), head=0),
    "cut-head": Mft((), head=4),
    "version": Mft(version=2),
    "size-short": Mft(less=1),
    "size-long": Mft(more=b"\0"),
    "size-record-less": Mft(count=4),
    "size-record-more": Mft(count=2),
    "records-none": Mft((), count=0),
    "records-65": Mft(_many(63), count=65),
    "records-huge": Mft(count=0xFFFFFFFF),
    # The size of so many records is that of 3, modulo 2^32.
    "records-wrap": Mft(count=3 + (1 << 29)),
    "first-none": Mft((DISK, SERVICE)),
    "first-named": Mft((Record(b"disk", RESERVED), DISK)),
    "first-attached": Mft((Record(b"", RESERVED, 1), DISK)),
    "first-twice": Mft((FIRST, Record(b"disk", RESERVED), SERVICE)),
    "name-no-nul": Mft((FIRST, Record(b"x" * 68, BLOCK))),
    "name-empty": Mft((FIRST, Record(b"", BLOCK))),
    "name-dash": Mft((FIRST, Record(b"my-disk", BLOCK))),
    "name-escape": Mft((FIRST, Record(b"\x1b[31mdisk\n", BLOCK))),
    "name-utf8": Mft((FIRST, Record("dïsk".encode(), BLOCK))),
    "name-twice": Mft((FIRST, DISK, Record(b"disk", NET))),
    "type-unknown": Mft((FIRST, Record(b"disk", 3))),
    "type-0": Mft((FIRST, Record(b"disk", 0))),
    "attached": Mft((FIRST, Record(b"disk", BLOCK, 1))),
    "attached-255": Mft((FIRST, DISK, Record(b"service", NET, 255))),
}


def make(arch: Arch, target: Target, variant: str) -> bytes:
    """Return the file of a variant."""
    notes = standard_notes(target, mft=VARIANTS[variant].encode())
    return unikernel(arch, target, with_notes=notes).encode()
