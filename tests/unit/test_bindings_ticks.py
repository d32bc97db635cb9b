# SPDX-License-Identifier: ISC
"""bindings/machine/ticks.c: nanoseconds from counters of any frequency, over years."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solo5.facts import tree

_NS = 10**9
_HOUR = 3600
_MAX = (1 << 64) - 1


class _Ticks(ctypes.Structure):
    _fields_ = (("mult", ctypes.c_uint64), ("shift", ctypes.c_uint))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """Compile the guest's own source for this host."""
    made = tmp_path_factory.mktemp("ticks") / "ticks.so"
    source: Path = tree().root / "bindings" / "machine" / "ticks.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", made, source], check=True)
    loaded = ctypes.CDLL(str(made))
    loaded.ticks_of.argtypes, loaded.ticks_of.restype = [ctypes.c_uint64], _Ticks
    loaded.ticks_to_ns.argtypes = [ctypes.POINTER(_Ticks), ctypes.c_uint64]
    loaded.ticks_to_ns.restype = ctypes.c_uint64
    return loaded


def _ns(library: ctypes.CDLL, frequency: int, count: int) -> int:
    ticks = library.ticks_of(frequency)
    return int(library.ticks_to_ns(ctypes.byref(ticks), count))


@pytest.mark.parametrize("frequency", [1, 1000, 24_000_000, 62_500_000, _NS, 3_700_000_123, 18_000_000_000])
@pytest.mark.parametrize("seconds", [0, 1, 19, _HOUR, 1000 * _HOUR])
def test_hours_come_out_to_the_nanosecond(library: ctypes.CDLL, frequency: int, seconds: int) -> None:
    """After any time, at any frequency, the clock is not a nanosecond off, and has not wrapped."""
    count = seconds * frequency
    assert 1 >= abs(_ns(library, frequency, count) - seconds * _NS)


@given(st.integers(1, _MAX >> 1), st.integers(0, _MAX), st.integers(0, 1 << 20))
def test_it_is_what_arithmetic_says_and_never_runs_backwards(
    library: ctypes.CDLL, frequency: int, count: int, step: int
) -> None:
    """In numbers without end: count * 10^9 / frequency, less than one and a half off, wherever that fits."""
    exact = count * _NS // frequency
    later = min(count + step, _MAX)
    if later * _NS // frequency > _MAX - 2:
        return
    now = _ns(library, frequency, count)
    assert 0 <= exact - now <= 1 + exact // (1 << 60)
    assert now <= _ns(library, frequency, later)
