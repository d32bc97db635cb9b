# SPDX-License-Identifier: ISC
"""Manifests: the C reading and Python's agree, on good ones and on damaged ones."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solo5 import tender
from solo5.elf.manifest import Device, DeviceType, Manifest, decode
from solo5.errors import UsageError

_names = st.text(alphabet="ABCxyz019", min_size=1, max_size=67)
_manifests = st.builds(
    lambda names, types: Manifest(tuple(Device(name, kind) for name, kind in zip(names, types, strict=True))),
    names := st.shared(st.lists(_names, max_size=63, unique=True), key="names"),
    names.flatmap(lambda each: st.lists(st.sampled_from(DeviceType), min_size=len(each), max_size=len(each))),
)
_RECORD = 104


def _both(data: bytes) -> tuple[object, object]:
    """Return what each side makes of it; None: refused."""
    try:
        python = tuple((each.name, int(each.type)) for each in decode(data).devices)
    except UsageError:
        python = None
    try:
        c = tender.manifest_read(data)
    except tender.RefusedError:
        c = None
    return python, c


@given(_manifests)
def test_what_is_made_is_read(manifest: Manifest) -> None:
    """Every manifest that Python makes, C reads as the same devices."""
    assert tuple((each.name, each.type) for each in manifest.devices) == tender.manifest_read(manifest.encode())


@given(_manifests, st.data())
def test_of_a_damaged_manifest_both_say_the_same(manifest: Manifest, data: st.DataObject) -> None:
    """With bytes changed, cut or appended, both refuse or both read the same devices."""
    damaged = bytearray(manifest.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.sampled_from([0, 1, 2, 3, 0x40, 0x41, 0x80, 0xFF]))
    size = data.draw(st.sampled_from([len(damaged)] * 4 + [0, 7, 8, len(damaged) - 1, len(damaged) + 1]))
    python, c = _both(bytes(damaged[:size]) + b"\0" * (size - len(damaged)))
    assert python == c


def _patched(offset: int, form: str, value: object) -> bytes:
    devices = (Device("one", DeviceType.BLOCK_BASIC), Device("two", DeviceType.NET_BASIC))
    made = bytearray(Manifest(devices).encode())
    struct.pack_into(form, made, offset, value)
    return bytes(made)


_DAMAGED = {
    "version": (_patched(0, "<I", 2), "version 2"),
    "no records": (_patched(4, "<I", 0), "0 records"),
    "more records than bytes": (_patched(4, "<I", 4), "does not match"),
    "fewer records than bytes": (_patched(4, "<I", 2), "does not match"),
    "65 records": (_patched(4, "<I", 65), "65 records"),
    "records beyond 32 bits": (_patched(4, "<I", 0xFFFFFFFF), "records"),
    "record 0 is a device": (_patched(8 + 68, "<I", 1), "record 0"),
    "record 0 has a name": (_patched(8, "4s", b"name"), "record 0"),
    "a name without NUL": (_patched(8 + _RECORD, "68s", b"n" * 68), "without NUL"),
    "an empty name": (_patched(8 + _RECORD, "4s", b""), "empty name"),
    "a name of other characters": (_patched(8 + _RECORD, "4s", b"o-e"), "character"),
    "two of a name": (_patched(8 + 2 * _RECORD, "4s", b"one"), "duplicate"),
    "unknown type": (_patched(8 + _RECORD + 68, "<I", 3), "unknown type"),
    "attached already": (_patched(8 + _RECORD + 96, "B", 1), "attached"),
    "too short": (b"\1\0\0", "size"),
    "too long": (bytes(7000), "size"),
}


@pytest.mark.parametrize(("damaged", "says"), _DAMAGED.values(), ids=_DAMAGED)
def test_each_rule_is_checked(damaged: bytes, says: str) -> None:
    """A manifest that breaks one rule is refused by both, and C's line names the rule."""
    assert (None, None) == _both(damaged)
    with pytest.raises(tender.RefusedError, match=says):
        tender.manifest_read(damaged)
