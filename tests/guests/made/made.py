# SPDX-License-Identifier: ISC
"""Guests of the last ABI version with unusual segments that must run all the same.

What a guest of `bss` or `only-bss` writes is the memory that has no bytes in
the file; its size is the message's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solo5.elf.numbers import PF_R, PF_W, PF_X, PT_LOAD
from solo5.elf.sample import BSS_SIZE, MESSAGE, say, unikernel
from solo5.elf.write import Image, Segment
from solo5.facts import Arch, Cell, Target, tree

#: Guest memory in cases that fill it, as in cases.toml.
MEM_BYTES = 2 << 20
#: More than any host's page.
FAR = 0x10000


@dataclass(frozen=True)
class Made:
    """An image in the making, and the cell that it is for."""

    arch: Arch
    target: Target
    image: Image

    def saying(self, address: int, size: int) -> Image:
        """Return it with a message at another place."""
        return self.image.changed("text", content=say(self.arch, self.target, address, size))

    def behind(self, segment: Segment) -> Image:
        """Return it with one more segment, behind data."""
        return self.image.replaced("data", self.image["data"], segment)


EMPTY = Segment("empty", PT_LOAD, PF_R, align=8)
ODD = Segment("empty", PT_LOAD, PF_R | PF_W | PF_X, addr=3, offset=1 << 40, file_bytes=1 << 40, align=24)


def _bss(made: Made) -> Image:
    return made.saying(made.image["data"].addr + len(MESSAGE), BSS_SIZE)


def _only_bss(made: Made) -> Image:
    data = made.image["data"]
    end = data.addr + FAR
    # A linker that strips leaves an offset behind the end of the file.
    bss = Segment("bss", PT_LOAD, PF_R | PF_W, end, b"", BSS_SIZE, 16, offset=1 << 40)
    image = made.saying(end, BSS_SIZE)
    return image.replaced("data", data, bss)


def _full(made: Made) -> Image:
    data = made.image["data"]
    page = tree().page_size(Cell(made.target.name, made.arch.name))
    return made.image.changed("data", mem_bytes=MEM_BYTES - page - data.addr)


def _hole(made: Made) -> Image:
    data = made.image["data"]
    moved = made.saying(data.addr + FAR, len(MESSAGE))
    return moved.changed("data", addr=data.addr + FAR)


def _from_hole(made: Made) -> Image:
    """Let it write what lies in the hole, where nothing is."""
    data = made.image["data"]
    moved = made.saying(data.addr, len(MESSAGE))
    return moved.changed("data", addr=data.addr + FAR)


def _text_twice(made: Made) -> Image:
    """Add text in two segments, on pages which a host with larger ones does not tell apart."""
    data, page = made.image["data"], made.arch.elf.page_size
    start = (data.addr // FAR + 2) * FAR
    more = (Segment("more", PT_LOAD, PF_R | PF_X, at, b"text", align=page) for at in (start, start + page))
    return made.image.replaced("data", data, *more)


VARIANTS: dict[str, Callable[[Made], Image]] = {
    "plain": lambda made: made.image,
    "empty": lambda made: made.behind(EMPTY),
    "empty-odd": lambda made: made.behind(ODD),
    "execute-only": lambda made: made.image.changed("text", flags=PF_X),
    "bss": _bss,
    "only-bss": _only_bss,
    "full": _full,
    "hole": _hole,
    "text-twice": _text_twice,
    "from-hole": _from_hole,
}


def make(arch: Arch, target: Target, variant: str) -> bytes:
    """Return the file of a variant."""
    return VARIANTS[variant](Made(arch, target, unikernel(arch, target))).encode()
