# SPDX-License-Identifier: ISC
"""bindings/arch/*/syscall.h: an architecture's way into Linux has one owner."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solo5.facts import tree


def _numbers(header: Path) -> dict[str, str]:
    """Return the numbers of system calls that a header defines, by name."""
    return dict(re.findall(r"#define (?:SYS|NR)_(\w+) (\d+)", header.read_text()))


@pytest.mark.parametrize("arch", tree().arch_names)
def test_test_guests_make_system_calls_as_the_bindings_do(arch: str) -> None:
    """They include the bindings' header, and say neither number nor instruction a second time."""
    bindings = tree().root / "bindings" / "arch" / arch / "syscall.h"
    guests = tree().root / "tests" / "guests" / "arch" / arch / "guest_arch.h"
    assert {"READ", "WRITE", "EXIT_GROUP"} <= set(_numbers(bindings))
    assert set() == set(_numbers(bindings)) & set(_numbers(guests))
    text = guests.read_text()
    assert '#include "syscall.h"' in text
    assert "register long" not in text
