# SPDX-License-Identifier: ISC
"""Guest address checks: no sum wraps, and the top of memory belongs to the guest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import elves
import pytest
from elves import PF_R, PF_W, PF_X, PT_LOAD, Phdr
from hypothesis import given
from hypothesis import strategies as st

from solo5 import tender
from solo5.elf.manifest import Manifest
from solo5.facts import tree

_TOP = (1 << 64) - 1
_START, _END = 0x10000, 0x200000
_edges = st.sampled_from([0, 1, _START - 1, _START, _START + 1, _END - 1, _END, _END + 1, 1 << 63, _TOP - 1, _TOP])
_numbers = st.one_of(_edges, st.integers(0, _TOP))


@given(_numbers, _numbers, _numbers, _numbers)
def test_a_range_is_inside_as_arithmetic_says(addr: int, size: int, start: int, end: int) -> None:
    """In numbers without end, inside means start <= addr and addr + size <= end."""
    assert (start <= addr <= addr + size <= end) == tender.range_inside(addr, size, start, end)


@given(_numbers, _numbers)
def test_a_pointer_is_given_only_for_what_is_inside(addr: int, size: int) -> None:
    """A checked address becomes a pointer at the same distance, any other none."""
    inside = _START <= addr <= addr + size <= _END
    assert (addr - _START if inside else None) == tender.memory_at(addr, size, _START, _END)


@pytest.mark.parametrize(("size", "allowed"), [(16, True), (17, False)])
def test_a_buffer_may_end_at_the_top(size: int, *, allowed: bool) -> None:
    """A buffer that ends exactly at the top of guest memory is valid; one byte more is not."""
    assert allowed == tender.range_inside(_END - 16, size, _START, _END)


_GUEST_MIN, _PAGE = 0x100000, 0x1000
_ARCH = next(arch for arch in tree().archs() if arch.elf.page_size == _PAGE)
_NOTES = (elves.abi_note(), elves.mft_note(Manifest(()).encode()))
_pages = st.lists(st.integers(1 + (_GUEST_MIN >> 12), (_END >> 12) - 1), max_size=6, unique=True).map(sorted)


@given(_numbers, st.one_of(_numbers, st.integers(0, 1 << 14)), _pages, st.integers(0, 0xFFF))
def test_what_is_read_only_is_not_written(addr: int, size: int, pages: list[int], short: int) -> None:
    """A pointer to write is given only where each byte lies in a page of a writable segment, or behind them all."""
    flags = (PF_R | PF_W, PF_R, PF_R | PF_X)
    loads = [
        Phdr(PT_LOAD, flags[index % 3], 0, first << 12, 0, ((last - first) << 12) - short)
        for index, (first, last) in enumerate(zip(pages[::2], pages[1::2], strict=False))
    ]
    text = Phdr(PT_LOAD, PF_R | PF_X, 0, _GUEST_MIN, 1, 1)
    loaded = tender.Loaded(elves.File(_ARCH.elf, (text, *loads), _NOTES).pack(), _ARCH.name, mem_bytes=_END)
    ends = [-(-(each.vaddr + each.memsz) // _PAGE) * _PAGE for each in (text, *loads)]
    writable = [(each.vaddr, end) for each, end in zip((text, *loads), ends, strict=True) if each.flags & PF_W]
    covered = addr
    for first, last in (*writable, (ends[-1], _END)):
        covered = last if first <= covered < last else covered
    inside = _START <= addr <= addr + size <= _END
    assert (inside and covered >= addr + size) == loaded.may(addr, size, _START, write=True)


_TENDERS = tree().root / "tenders"
_GUARDED = '#include "abi.h"\nuint64_t use(const struct guest_memory *memory, const struct hvt_hc_puts *call)\n'


def _compiles(text: str, *folders: Path) -> bool:
    words = ["gcc", "-std=c11", "-fsyntax-only", "-Werror", *(f"-I{each}" for each in folders), "-xc", "-"]
    return subprocess.run(words, input=text.encode(), capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "raw",
    [
        "return call->data;",
        "return call->data + call->len;",
        "return *(const uint8_t *)call->data;",
        "return *(const uint8_t *)(uintptr_t)call->data;",
        "return memory->host[call->data];",
        "return guest_range_inside(call->data, call->len, memory->start, memory->end);",
    ],
)
def test_a_guests_address_does_not_compile_unchecked(raw: str) -> None:
    """What a hypercall says is an address, a tender's C can give to the function that checks it, and use as nothing."""
    abi = tree().root / "bindings" / "include" / "solo5"
    folders = (_TENDERS / "hvt", _TENDERS / "common", abi)
    checked = "return *(const uint8_t *)guest_memory_at(memory, call->data, 1);"
    assert _compiles(f"{_GUARDED}{{ {checked} }}", *folders)
    assert not _compiles(f"{_GUARDED}{{ {raw} }}", *folders)


def test_to_a_guest_its_addresses_are_numbers() -> None:
    """The same structs, of the same layout, serve the bindings as they are."""
    abi = tree().root / "bindings" / "include" / "solo5"
    body = "struct hvt_hc_puts call = {(uintptr_t)text, 1}; return call.data + call.len;"
    assert _compiles(f'#include "hvt_abi.h"\nuint64_t use(const char *text) {{ {body} }}', abi)
