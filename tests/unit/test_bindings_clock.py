# SPDX-License-Identifier: ISC
"""bindings/machine/clock.c: how often guests that are machines ask for the time of day, and how old theirs may be."""

from __future__ import annotations

import ctypes
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solo5.facts import tree

_S = 10**9
_START = 1_700_000_000 * _S

_ARCH = """
#include <stdint.h>
extern uint64_t now;
static inline uint64_t arch_ticks(void) { return now; }
"""
#: The guest's own source; counter, host and the way out are the test's.
_SOURCE = """
#include "machine/clock.c"
#include <setjmp.h>
uint64_t now, host_wall, asked;
static jmp_buf aborted;
uint64_t target_ask_time(void) { asked++; return host_wall; }
_Noreturn void abort_because(const char *subject, const char *cause)
{
    (void)subject, (void)cause;
    longjmp(aborted, 1);
}
int start(uint64_t frequency)
{
    now = host_wall = asked = wall_base = wall_asked_at = 0;
    if (setjmp(aborted) != 0)
        return 1;
    clock_init(frequency);
    return 0;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Compile the guest's own source for this host."""
    folder = tmp_path_factory.mktemp("clock")
    (folder / "arch.h").write_text(_ARCH)
    (folder / "clock.c").write_text(_SOURCE)
    bindings = tree().root / "bindings"
    folders = [folder, bindings / "machine", bindings, bindings / "include" / "solo5"]
    sources = [folder / "clock.c", bindings / "machine" / "ticks.c"]
    options = [f"-I{each}" for each in folders]
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", *options, "-o", folder / "clock.so", *sources], check=True)
    loaded = ctypes.CDLL(str(folder / "clock.so"))
    loaded.target_clock_wall.restype = ctypes.c_uint64
    loaded.start.argtypes = [ctypes.c_uint64]
    return loaded


def _set(library: ctypes.CDLL, name: str, value: int) -> None:
    ctypes.c_uint64.in_dll(library, name).value = value


@given(st.lists(st.tuples(st.integers(0, 2 * _S), st.integers(-_S, _S)), min_size=1))
def test_the_time_of_day_is_less_than_a_second_old_and_asked_for_once_a_second(
    library: ctypes.CDLL, readings: list[tuple[int, int]]
) -> None:
    """However a guest reads it and a host sets it: each answer was right less than a second ago, and goes on since."""
    assert 0 == library.start(_S)
    now, step = 0, 0
    was = [(0, 0)]  # when the host's clock was set, and by how much
    for later, change in readings:
        now, step = now + later, step + change
        was.append((now, step))
        _set(library, "now", now)
        _set(library, "host_wall", _START + now + step)
        found = int(library.target_clock_wall()) - _START - now
        assert found in {by for at, by in was if now - at < _S}
    assert now // _S + 1 >= ctypes.c_uint64.in_dll(library, "asked").value


@pytest.mark.parametrize(("frequency", "aborts"), [(0, 1), (1, 0), (_S, 0)])
def test_a_counter_without_a_frequency_is_the_end(library: ctypes.CDLL, frequency: int, aborts: int) -> None:
    """A tender that does not know it, and says 0, gets a line; no division makes a trap of it."""
    assert aborts == library.start(frequency)
