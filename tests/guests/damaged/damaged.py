# SPDX-License-Identifier: ISC
"""Unikernel files with one fault each, named by the rule that they break."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from solo5.elf import notes
from solo5.elf.numbers import HEADER_SIZE, PF_R, PF_W, PF_X, PT_LOAD, SHF_ALLOC, SHT_NOTE
from solo5.elf.sample import FILE_ALIGN, MESSAGE, standard_notes, unikernel
from solo5.elf.write import Image, Section, Segment
from solo5.facts import Arch, Target

#: Guest memory in the cases that do not fit into it, as in cases.toml.
MEM_BYTES = 2 << 20
#: Below it lies the tender's memory.
GUEST_MIN = 0x100000
#: More segments than any linker makes.
MANY = 40
#: What text may grow to.
PAGE = 0x1000
_ET_REL = 1
_NOTES = ("not_openbsd", "abi", "manifest")

Damage = Callable[[Image], Image]


def _header(**values: int | bytes) -> Damage:
    return lambda image: image.with_header(**values)


def _segment(name: str, **values: int | bytes) -> Damage:
    return lambda image: image.changed(name, **values)


def _without(*names: str) -> Damage:
    def damage(image: Image) -> Image:
        for name in names:
            image = image.replaced(name)
        return image

    return damage


def _twice(name: str) -> Damage:
    return lambda image: image.replaced(name, image[name], dataclasses.replace(image[name], name=f"other {name}"))


def _swapped(image: Image) -> Image:
    rodata, data = image["rodata"], image["data"]
    return image.replaced("data").replaced("rodata", data, rodata)


def _overlap(image: Image) -> Image:
    """Let rodata reach one byte into data, in memory only."""
    return image.changed("rodata", mem_bytes=image["data"].addr - image["rodata"].addr + 1)


def _outside_by_one(image: Image) -> Image:
    whole = image.encode()
    rest = len(whole) - whole.index(MESSAGE)
    return image.changed("data", file_bytes=rest + 1, mem_bytes=rest + 1)


def _end_at(end: int) -> Damage:
    return lambda image: image.changed("data", mem_bytes=end - image["data"].addr)


def _bss(**values: int) -> Damage:
    """Put a segment without bytes in the file behind data."""

    def damage(image: Image) -> Image:
        data = image["data"]
        bss = Segment("bss", PT_LOAD, PF_R | PF_W, data.addr + 0x10000, mem_bytes=1, align=FILE_ALIGN)
        return image.replaced("data", data, dataclasses.replace(bss, **values))  # type: ignore[arg-type]

    return damage


def _bss_on_data(image: Image) -> Image:
    return _bss(addr=image["data"].addr)(image)


def _many(image: Image) -> Image:
    data = image["data"]
    more = [
        dataclasses.replace(data, name=f"data {index}", addr=data.addr + index * 0x10000) for index in range(1, MANY)
    ]
    return image.replaced("data", data, *more)


def _only_a_section(image: Image) -> Image:
    """Keep the ABI note as a section; no PT_NOTE tells of it."""
    abi, rodata = image["abi"], image["rodata"]
    at = abi.addr - rodata.addr
    content = (rodata.content or b"")[at : at + (abi.mem_bytes or 0)]
    section = Section(".note.solo5.abi", SHT_NOTE, content, flags=SHF_ALLOC, align=4)
    return dataclasses.replace(_without("abi")(image), sections=(section,))


def _no_segments(image: Image) -> Image:
    """Keep the notes, with content of their own, and nothing that is loaded."""
    rodata = image["rodata"]
    kept = []
    for name in _NOTES:
        each = image[name]
        at = each.addr - rodata.addr
        content = (rodata.content or b"")[at : at + (each.mem_bytes or 0)]
        kept.append(dataclasses.replace(each, content=content))
    return dataclasses.replace(image, segments=tuple(kept))


def _only_debug(image: Image) -> Image:
    """Keep of a file what `objcopy --only-keep-debug` does: notes, and of segments what they need in memory."""
    kept = _no_segments(image)
    loads = [
        dataclasses.replace(each, content=b"", mem_bytes=each.mem_bytes or len(each.content or b""))
        for each in image.segments
        if each.type == PT_LOAD
    ]
    return dataclasses.replace(kept, segments=(*kept.segments, *loads))


VARIANTS: dict[str, Damage] = {
    # The header
    "magic": _header(magic=b"\x7fELG"),
    "ident-version": _header(ident_version=2),
    "version": _header(version=2),
    "type": _header(type=_ET_REL),
    "headers-size": _header(segment_size=32),
    "headers-none": _header(segment_count=0),
    "headers-extended": _header(segment_count=0xFFFF),
    "headers-many": _header(segment_count=0xFFFE),
    "headers-outside": _header(segments_at=1 << 40),
    "headers-wrap": _header(segments_at=(1 << 64) - HEADER_SIZE),
    # Notes
    "abi-none": _without("abi"),
    "abi-other-type": _segment("abi", type=0),
    "abi-only-section": _only_a_section,
    "abi-twice": _twice("abi"),
    "abi-outside": _segment("abi", offset=1 << 40),
    "abi-wrap": _segment("abi", offset=(1 << 64) - 8),
    "abi-cut": _segment("abi", file_bytes=28),
    "manifest-none": _without("manifest"),
    "manifest-twice": _twice("manifest"),
    "manifest-outside": _segment("manifest", offset=1 << 40),
    # Segments
    "load-none": _no_segments,
    "load-many": _many,
    "file-larger": _segment("data", mem_bytes=1),
    "outside": _segment("data", offset=1 << 40),
    "outside-by-one": _outside_by_one,
    "outside-wrap": _segment("data", offset=(1 << 64) - 4),
    "unaligned": lambda image: image.changed("data", addr=image["data"].addr + 16),
    "align-odd": _segment("data", align=24, offset=0),
    "below": _segment("text", addr=GUEST_MIN - 0x10000),
    "at-0": _segment("text", addr=0),
    "too-large": _segment("data", mem_bytes=MEM_BYTES),
    "too-large-by-one": _end_at(MEM_BYTES + 1),
    "too-high": _segment("data", addr=MEM_BYTES),
    "too-high-wrap": _segment("data", addr=(1 << 64) - 0x10000),
    "size-wrap": _segment("data", mem_bytes=(1 << 64) - 1),
    "no-stack": _end_at(MEM_BYTES),
    "descending": _swapped,
    "overlap": _overlap,
    "same-page": lambda image: image.changed("data", addr=image["rodata"].addr),
    "writable-text": _segment("text", flags=PF_R | PF_W | PF_X),
    "writable-execute-only": _segment("text", flags=PF_W | PF_X),
    "entry-outside": _header(entry=0x200000),
    "entry-0": _header(entry=0),
    "entry-data": lambda image: image.with_header(entry=image["data"].addr),
    "entry-without-bytes": lambda image: image.changed("text", mem_bytes=PAGE).with_header(
        entry=image["text"].addr + len(image["text"].content or b"")
    ),
    "only-debug": _only_debug,
    "entry-behind": lambda image: image.with_header(entry=image["text"].addr + len(image["text"].content or b"")),
    # A segment without bytes in the file is checked like any other.
    "bss-executable": _bss(flags=PF_R | PF_W | PF_X),
    "bss-unaligned": _bss(addr=0x180008),
    "bss-below": _bss(addr=GUEST_MIN - 0x10000),
    "bss-too-large": _bss(mem_bytes=MEM_BYTES),
    "bss-overlap": _bss_on_data,
}


def _abi_of(size: int) -> bytes:
    return notes.encode(notes.ABI1, bytes(size))


#: Other content of notes.
NOTES: dict[str, dict[str, bytes]] = {
    "abi-short": {"abi": _abi_of(8)},
    "abi-long": {"abi": _abi_of(32)},
    "abi-empty": {"abi": _abi_of(0)},
    "abi-other-owner": {"abi": notes.encode(notes.ABI1, bytes(16), b"Solo6\0")},
    "abi-other-kind": {"abi": notes.encode(notes.ABI1 + 1, bytes(16))},
    "manifest-short": {"manifest": notes.encode(notes.MFT1, bytes(2))},
    "manifest-long": {"manifest": notes.encode(notes.MFT1, bytes(7000))},
}


def make(arch: Arch, target: Target, variant: str) -> bytes:
    """Return the file of a variant."""
    if variant == "empty":
        return b""
    whole = unikernel(arch, target, with_notes=standard_notes(target) | NOTES.get(variant, {}))
    if variant == "cut":
        return whole.encode()[: HEADER_SIZE - 1]
    return whole.encode() if variant in NOTES else VARIANTS[variant](whole).encode()
