# SPDX-License-Identifier: ISC
"""bindings/boot_ext.h: what a tender tells beyond the contract is believed only if it is there."""

from __future__ import annotations

import ctypes
import re
import subprocess
from collections.abc import Callable

import pytest

from solo5.facts import tree

_BINDINGS = tree().root / "bindings"
_MAGIC = int.from_bytes(b"5xxtext1", "little")
_SOURCE = """
#include "boot_ext.h"
uint64_t size(const void *ext, uint64_t magic, uint64_t mft);
uint64_t size(const void *ext, uint64_t magic, uint64_t mft) { return boot_ext_size(ext, magic, mft); }
"""

_Size = Callable[..., int]


@pytest.fixture(scope="module")
def size(tmp_path_factory: pytest.TempPathFactory) -> _Size:
    """Compile the guest's own header; return what it says of bytes and of the manifest's place behind their start."""
    made = tmp_path_factory.mktemp("boot_ext") / "boot_ext.so"
    words = ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", f"-I{_BINDINGS}", "-xc", "-", "-o", str(made)]
    subprocess.run(words, input=_SOURCE, text=True, check=True)
    function = ctypes.CDLL(str(made)).size
    function.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64]
    function.restype = ctypes.c_uint64

    def of(extension: bytes, mft_offset: int) -> int:
        memory = ctypes.create_string_buffer(extension, 256)
        at = ctypes.addressof(memory)
        return int(function(at, _MAGIC, at + mft_offset))

    return of


def _extension(magic: int, says: int) -> bytes:
    return magic.to_bytes(8, "little") + says.to_bytes(4, "little") + bytes(4)


@pytest.mark.parametrize("says", [16, 24, 40, 64])
def test_an_extension_counts_as_far_as_its_tender_knew_it(size: _Size, says: int) -> None:
    """Older or newer than the guest: its own size is the answer, if the manifest begins at its end or later."""
    assert says == size(_extension(_MAGIC, says), 64)


@pytest.mark.parametrize(
    ("magic", "says", "mft_offset"),
    [
        (_MAGIC ^ 1, 40, 64),
        (_MAGIC, 40, -16),
        (_MAGIC, 40, 0),
        (_MAGIC, 16, 15),
        (_MAGIC, 41, 40),
        (_MAGIC, 1 << 31, 64),
    ],
    ids=["another magic", "before", "manifest there", "cut off", "into the manifest", "without end"],
)
def test_what_is_something_else_is_no_extension(size: _Size, magic: int, says: int, mft_offset: int) -> None:
    """With another magic number, or where the manifest itself would be read, there is none."""
    assert 0 == size(_extension(magic, says), mft_offset)


def test_every_target_has_a_magic_number_of_its_own() -> None:
    """As bytes it is a 5, the target's name and "text1"."""
    headers = sorted((_BINDINGS / "include" / "solo5").glob("*_abi.h"))
    magics = [
        (path.name.removesuffix("_abi.h"), int(number, 16).to_bytes(8, "little"))
        for path in headers
        for number in re.findall(r"_BOOT_EXT_MAGIC (0x[0-9a-f]+)ull", path.read_text())
    ]
    assert len(magics) >= 1
    assert [(name, f"5{name}ext1".encode()) for name, _ in magics] == magics
