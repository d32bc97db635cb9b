# SPDX-License-Identifier: ISC
"""tenders/hvt/debug/points.c: whose bytes are in a guest's memory, wherever breakpoints begin and end."""

from __future__ import annotations

import ctypes
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solo5.facts import tree

_BYTES = 24
_BREAKPOINT = b"\xd1\xd2\xd3\xd4"

#: The tender's own source, with a memory of a few bytes at address 0.
_SOURCE = """
#include "debug/points.c"
#include <string.h>
const uint8_t debug_breakpoint[] = {0xd1, 0xd2, 0xd3, 0xd4};
const size_t debug_breakpoint_bytes = sizeof debug_breakpoint;
uint8_t memory[24];
static struct machine machine;
static struct points points;
int debug_stop_at(const struct hypervisor *hypervisor, bool step, const struct debug_point *list, size_t count)
{
    (void)hypervisor, (void)step, (void)list, (void)count;
    return 0;
}
void start(void)
{
    machine.memory = (struct guest_memory){memory, 0, sizeof memory};
    points = (struct points){.machine = &machine};
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)i;
}
int add(uint64_t addr)
{
    const struct debug_point point = {DEBUG_SOFTWARE, {addr}, 1};
    return points_add(&points, &point);
}
void drop(uint64_t addr)
{
    const struct debug_point point = {DEBUG_SOFTWARE, {addr}, 1};
    points_remove(&points, &point);
}
void plant(void) { points_plant(&points); }
void lift(void) { points_lift(&points); }
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Compile it for this host."""
    folder = tmp_path_factory.mktemp("points")
    (folder / "points.c").write_text(_SOURCE)
    root = tree().root
    folders = [root / "tenders" / name for name in ("hvt", "", "common", "guest")]
    includes = [f"-I{each}" for each in (*folders, root / "bindings" / "include" / "solo5")]
    options = ["-shared", "-fPIC", "-O2", "-D_GNU_SOURCE", *includes]
    subprocess.run(["gcc", *options, "-o", folder / "points.so", folder / "points.c"], check=True)
    loaded = ctypes.CDLL(str(folder / "points.so"))
    loaded.add.argtypes = loaded.drop.argtypes = [ctypes.c_uint64]
    return loaded


_ADDRESS = st.integers(0, _BYTES + 2)
#: Bytes of the program's are none of the instruction's: what was written over one by itself cannot be told apart.
_CONTENT = st.tuples(st.integers(0, _BYTES - 1), st.lists(st.integers(0, 0x7F), min_size=1, max_size=6))
_OPERATION = st.one_of(
    st.tuples(st.just("add"), _ADDRESS),
    st.tuples(st.just("drop"), _ADDRESS),
    st.tuples(st.just("debugger writes"), _CONTENT),
    st.tuples(st.just("guest writes"), _CONTENT),
)


@given(st.lists(_OPERATION, max_size=30))
def test_memory_is_the_programs_but_while_it_runs(library: ctypes.CDLL, operations: list[tuple[str, object]]) -> None:
    """Breakpoints that overlap, begin and end anywhere, written over by debugger and guest: no byte is lost."""
    memory = (ctypes.c_uint8 * _BYTES).in_dll(library, "memory")
    library.start()
    program = bytearray(range(_BYTES))
    points: list[int] = []
    for what, value in operations:
        if what == "add":
            assert isinstance(value, int)
            fits = value + len(_BREAKPOINT) <= _BYTES
            assert fits == bool(library.add(value))
            points += [value] if fits and value not in points else []
        elif what == "drop":
            assert isinstance(value, int)
            library.drop(value)
            points = [each for each in points if each != value]
        elif what == "debugger writes":
            assert isinstance(value, tuple)
            _write(program, *value)
            _write(memory, *value)
        library.plant()
        for point in points:
            # The ones that others cover in part, too, have bytes of an instruction only.
            assert set(memory[point : point + len(_BREAKPOINT)]) <= set(_BREAKPOINT)
        if what == "guest writes":
            assert isinstance(value, tuple)
            _write(program, *value)
            _write(memory, *value)
        library.lift()
        assert bytes(program) == bytes(memory)


def _write(memory: bytearray | ctypes.Array[ctypes.c_uint8], at: int, content: list[int]) -> None:
    for offset, byte in enumerate(content[: _BYTES - at]):
        memory[at + offset] = byte
