# SPDX-License-Identifier: ISC
"""Page tables: two builders, the tender's and the bindings', and every architecture's format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import DEVICE, EXECUTE, READ, RIGHTS, WRITE, Builder, Range, builder, merged

from solo5.facts import tree

_FORMATS = Path(__file__).parent / "formats"
#: Of each architecture that has them: the tender's format, and the bindings'.
_ARCHS = {
    path.parent.name: (path, tree().root / "bindings" / "arch" / path.parent.name / "machine" / "tables.c")
    for path in sorted((tree().root / "tenders" / "arch").glob("*/machine.c"))
}
#: Of a machine without tables.
_NONE = _FORMATS / "none.c"
#: Formats of ports to come; one file serves both builders.
_PLANNED = {path.stem: (path, path) for path in sorted(_FORMATS.glob("*.c")) if path != _NONE}


@dataclass(frozen=True)
class Pair:
    """Both builders, with the same architecture's format."""

    tender: Builder
    bindings: Builder


@pytest.fixture(scope="module", params=[*_ARCHS, *_PLANNED])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Compile both builders with a format."""
    of_tender, of_bindings = {**_ARCHS, **_PLANNED}[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    return Pair(builder("tenders", of_tender, folder), builder("bindings", of_bindings, folder))


def _planned(name: str, tmp_path: Path) -> Builder:
    return builder("tenders", _FORMATS / f"{name}.c", tmp_path)


#: Pages up to the next range, or in it: some, or around the size of a block or two.
_counts = st.one_of(
    st.integers(0, 5), st.integers(30, 34), st.integers(510, 514), st.integers(1022, 1030), st.integers(0, 1 << 16)
)
_layouts = st.lists(st.tuples(_counts, _counts, st.sampled_from(RIGHTS)), min_size=1, max_size=8)


def _ranges(layout: list[tuple[int, int, int]], page_shift: int) -> list[Range]:
    """Return a layout as ranges of addresses."""
    ranges, at = [], 0
    for gap, pages, rights in layout:
        start = at + (gap << page_shift)
        at = start + (pages << page_shift)
        ranges.append(Range(start, at, rights))
    return ranges


@settings(max_examples=60)
@given(layout=_layouts, backwards=st.booleans())
def test_what_was_asked_for_is_mapped_and_nothing_else(
    pair: Pair, layout: list[tuple[int, int, int]], *, backwards: bool
) -> None:
    """Each page has the rights of its range, at its own address, whatever the order; all others are absent."""
    ranges = _ranges(layout, pair.tender.format.page_shift)
    asked = ranges[::-1] if backwards else ranges
    seen = pair.tender.format.seen
    wanted = merged([Range(each.start, each.end, seen(each.rights)) for each in ranges])
    for each in (pair.tender, pair.bindings):
        made = each.make(asked)
        assert made.complete
        assert wanted == made.mapped()


@settings(max_examples=60)
@given(layout=_layouts, backwards=st.booleans())
def test_both_builders_make_the_same_tables(pair: Pair, layout: list[tuple[int, int, int]], *, backwards: bool) -> None:
    """Entry by entry, but for where a table stands; and they need the same room."""
    ranges = _ranges(layout, pair.tender.format.page_shift)
    asked = ranges[::-1] if backwards else ranges
    host, guest = pair.tender.make(asked), pair.bindings.make(asked)
    here, there = ([(entry.level, entry.addr, entry.value) for entry in made.entries()] for made in (host, guest))
    assert here == there
    assert (host.complete, host.used) == (guest.complete, guest.used)


def test_both_worlds_describe_an_architecture_alike(pair: Pair) -> None:
    """Every value, and the bits of every leaf, are the same in tenders/ and in bindings/."""
    assert pair.tender.format.values() == pair.bindings.format.values()


def test_without_room_for_a_table_nothing_else_is_written(pair: Pair) -> None:
    """A layout that needs a table too many is refused by both, and memory behind the room is not touched."""
    page = 1 << pair.tender.format.page_shift
    ranges = [Range(0, page, READ)]
    needed = pair.tender.make(ranges).used
    for each in (pair.tender, pair.bindings):
        assert each.make(ranges, size=needed).complete
        assert not each.make(ranges, size=needed - 8).complete
    assert pair.tender.error().startswith("page tables: no room in ")


def test_beyond_their_reach_the_bindings_refuse(pair: Pair) -> None:
    """The last page that the tables can map is mapped; the next one is refused, not mapped somewhere else."""
    tables_format = pair.bindings.format
    page, reach = 1 << tables_format.page_shift, 1 << (tables_format.page_shift + sum(tables_format.bits()))
    last = [Range(reach - page, reach, READ)]
    assert last == pair.bindings.make(last).mapped()
    beyond = pair.bindings.make([Range(reach, reach + page, READ)])
    assert (False, []) == (beyond.complete, beyond.mapped())


@pytest.mark.parametrize("name", ["tenders", "bindings"])
def test_a_machine_without_tables_gets_none(name: str, tmp_path: Path) -> None:
    """With no levels, mapping succeeds and writes nothing."""
    made = builder(name, _NONE, tmp_path).make([Range(0x100000, 0x200000, READ | WRITE)])
    assert (True, 0, bytes(len(made.memory))) == (made.complete, made.used, made.memory)


def test_sv39_holds_addresses_two_bits_lower(tmp_path: Path) -> None:
    """A page of 4 KiB and a block of 2 MiB at 0x80200000 have the entries of the manual, little-endian."""
    sv39 = _planned("sv39", tmp_path)
    made = sv39.make([Range(0x80200000, 0x80201000, READ | EXECUTE), Range(0x80400000, 0x80600000, READ | WRITE)])
    assert [
        (0, 0x80000000, 0x1),
        (1, 0x80200000, 0x1),
        (2, 0x80200000, 0x20080000 | 0xCB),
        (1, 0x80400000, 0x20100000 | 0xC7),
    ] == [(entry.level, entry.addr, entry.value) for entry in made.entries()]
    root_entry = made.memory[8 * 2 : 8 * 3]
    assert (0x200001000 >> 2 | 1).to_bytes(8, "little") == root_entry
    assert 3 * 4096 == made.used


#: What a processor is told of a radix tree, beside its address: a process table's entry is 2 << 61 | 5 << 5 | 13.
_RADIX_TREE_SIZE = (2 << 3 | 5) + 31
_RADIX_ROOT_BITS = 13


@pytest.mark.parametrize(
    ("name", "bits", "page", "tables"),
    [
        ("radix_64k", (13, 9, 9, 5), 1 << 16, (4096, 4096, 256)),
        ("radix_4k", (13, 9, 9, 9), 1 << 12, (4096, 4096, 4096)),
    ],
)
def test_radix_trees_are_big_endian_and_say_the_size_of_each_table(
    name: str, bits: tuple[int, ...], page: int, tables: tuple[int, ...], tmp_path: Path
) -> None:
    """A root of 64 KiB; entries name address and width of the next table; leaves are what the processor wants."""
    radix = _planned(name, tmp_path)
    assert bits == radix.format.bits()
    assert _RADIX_TREE_SIZE == radix.format.page_shift + sum(bits)
    assert _RADIX_ROOT_BITS == bits[0]
    start = 0x10000
    made = radix.make([Range(0x10000, 0x10000 + page, READ), Range(0x200000, 0x400000, READ | WRITE)], start=start)
    second = start + (1 << 16)
    assert (0x8000000000000000 | second | bits[1]).to_bytes(8, "big") == made.memory[:8]
    assert (1 << 16) + sum(tables) == made.used
    found = {(entry.level, entry.addr): entry.value for entry in made.entries()}
    assert 0x8000000000000000 | bits[3] == found[2, 0]
    assert 0xC000000000000000 | 0x10000 | 0x180 | 8 | 4 == found[3, 0x10000]
    assert 0xC000000000000000 | 0x200000 | 0x180 | 8 | 4 | 2 == found[2, 0x200000]


def test_radix_rights_are_the_processors(tmp_path: Path) -> None:
    """Privileged 8, read 4, write 2, execute 1; and no page is both of the last two."""
    leaf = _planned("radix_64k", tmp_path).format.leaf
    base = 0xC000000000000180
    assert [base | 12, base | 13, base | 14] == [leaf(rights, False) for rights in RIGHTS[:3]]
    assert base | 0x20 | 14 == leaf(READ | WRITE | DEVICE, False)
