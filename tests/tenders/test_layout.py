# SPDX-License-Identifier: ISC
"""tenders/hvt/layout.h: the memory map of hvt guests is drawn once, and the drawing is right."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from solo5.facts import tree

_HVT = tree().root / "tenders" / "hvt"
_LAYOUT = _HVT / "layout.h"
#: A border of the drawing: an address and its name.
_BORDER = re.compile(r"^ \* +(0x[0-9a-f]+) \+-- ([A-Z_]+) ", re.MULTILINE)


def _values(names: list[str], tmp_path: Path) -> list[int]:
    """Return what the C compiler makes of names."""
    program = tmp_path / "values"
    prints = "".join(f'printf("%llu\\n", (unsigned long long)({name}));' for name in names)
    source = f'#include <stdio.h>\n#include "layout.h"\nint main(void) {{ {prints} }}\n'
    places = ("tenders/hvt", "tenders/common", "bindings/include/solo5")
    folders = [f"-I{tree().root / each}" for each in places]
    subprocess.run(["gcc", "-xc", "-", *folders, "-o", program], input=source, text=True, check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def test_the_drawing_is_the_definition(tmp_path: Path) -> None:
    """Each border of the drawing has the address that its name stands for, and they ascend."""
    borders = _BORDER.findall(_LAYOUT.read_text())
    drawn = [int(address, 16) for address, _ in borders]
    defined = set(re.findall(r"#define (LAYOUT_[A-Z_]+)", _LAYOUT.read_text()))
    names = [name for _, name in borders]
    assert defined <= set(names)
    assert {"HVT_BOOT_INFO_BASE", "HVT_GUEST_MIN_BASE", "HVT_HYPERCALL_MMIO_BASE"} <= set(names)
    assert drawn == _values(names, tmp_path)
    assert drawn == sorted(drawn)


def test_nobody_else_writes_an_address_of_the_map() -> None:
    """What makes machines uses the names: none of these addresses is a number there."""
    numbers = {address for address, _ in _BORDER.findall(_LAYOUT.read_text())}
    files = [*_HVT.rglob("*.[ch]"), *(_HVT.parent / "arch").glob("*/[km]*.c")]
    written = {
        f"{path.name}: {number}"
        for path in files
        if path != _LAYOUT
        for number in re.findall(r"\b0x[0-9a-f]+", path.read_text(), re.IGNORECASE)
        if number.lower() in numbers
    }
    assert set() == written
