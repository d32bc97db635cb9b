# SPDX-License-Identifier: ISC
"""Unikernel files whose manifest has one fault each, named by the rule that it breaks.

The sound one has a block device `disk` and a network device `service`.
"""

from __future__ import annotations

from dataclasses import dataclass

from solo5.elf.manifest import RESERVED, RESERVED_FIRST, DeviceType, Record, encode
from solo5.elf.sample import standard_notes, unikernel
from solo5.facts import Arch, Target

BLOCK, NET = DeviceType.BLOCK_BASIC, DeviceType.NET_BASIC
DISK, SERVICE = Record(b"disk", BLOCK), Record(b"service", NET)


@dataclass(frozen=True)
class Mft:
    """A struct mft that need not be right."""

    records: tuple[Record, ...] = (RESERVED, DISK, SERVICE)
    version: int = 1
    count: int | None = None
    """None: as many as there are."""
    more: bytes = b""
    less: int = 0
    """Bytes missing at the end."""

    def encode(self) -> bytes:
        """Return its bytes."""
        whole = encode(self.records, version=self.version, count=self.count) + self.more
        return whole[: len(whole) - self.less]


def _many(devices: int) -> tuple[Record, ...]:
    return (RESERVED, *(Record(b"disk%d" % index, BLOCK) for index in range(devices)))


VARIANTS: dict[str, Mft] = {
    "sound": Mft(),
    "empty": Mft((), less=8),
    "cut-head": Mft((), less=4),
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
    "first-named": Mft((Record(b"disk", RESERVED_FIRST), DISK)),
    "first-attached": Mft((Record(b"", RESERVED_FIRST, 1), DISK)),
    "first-twice": Mft((RESERVED, Record(b"disk", RESERVED_FIRST), SERVICE)),
    "name-no-nul": Mft((RESERVED, Record(b"x" * 68, BLOCK))),
    "name-empty": Mft((RESERVED, Record(b"", BLOCK))),
    "name-dash": Mft((RESERVED, Record(b"my-disk", BLOCK))),
    "name-escape": Mft((RESERVED, Record(b"\x1b[31mdisk\n", BLOCK))),
    "name-utf8": Mft((RESERVED, Record("dïsk".encode(), BLOCK))),
    "name-twice": Mft((RESERVED, DISK, Record(b"disk", NET))),
    "type-unknown": Mft((RESERVED, Record(b"disk", 3))),
    "type-0": Mft((RESERVED, Record(b"disk", 0))),
    "attached": Mft((RESERVED, Record(b"disk", BLOCK, 1))),
    "attached-255": Mft((RESERVED, DISK, Record(b"service", NET, 255))),
}


def make(arch: Arch, target: Target, variant: str) -> bytes:
    """Return the file of a variant."""
    notes = standard_notes(target, mft=VARIANTS[variant].encode())
    return unikernel(arch, target, with_notes=notes).encode()
