# SPDX-License-Identifier: ISC
"""Manifests: each rule of the JSON source and of the note, one by one."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solo5.elf.manifest import RESERVED, Device, DeviceType, Manifest, Record, decode, encode, parse
from solo5.errors import UsageError

_DISK = {"name": "disk", "type": "BLOCK_BASIC"}
_NAMES = st.text("ABCXYZabcxyz0189", min_size=1, max_size=67)
_MANIFESTS = st.lists(_NAMES, max_size=63, unique=True).flatmap(
    lambda names: st.tuples(*(st.builds(Device, st.just(name), st.sampled_from(DeviceType)) for name in names)).map(
        Manifest
    )
)


def _source(**changed: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps({"type": "solo5.manifest", "version": 1, "devices": [_DISK]} | changed)


def _device(**changed: Any) -> str:  # noqa: ANN401 - any JSON
    return _source(devices=[_DISK, {"name": "service", "type": "NET_BASIC"} | changed])


def test_the_source_gives_the_devices_in_their_order() -> None:
    """A handle is the place in the source, counted from 1."""
    expected = Manifest((Device("disk", DeviceType.BLOCK_BASIC), Device("service", DeviceType.NET_BASIC)))
    assert expected == parse(_device())


def test_a_name_may_have_67_characters() -> None:
    """67 characters and NUL fill the field of 68 bytes."""
    assert "x" * 67 == parse(_device(name="x" * 67)).devices[1].name


def test_63_devices_are_not_too_many() -> None:
    """Record 0 is none of them."""
    devices = [{"name": f"d{index}", "type": "NET_BASIC"} for index in range(63)]
    assert 63 == len(parse(_source(devices=devices)).devices)


_WRONG = {
    "no JSON": ("{", "source: not JSON"),
    "no text": ("\x00\x01", "source: not JSON"),
    "no object": ("[]", "source: an object expected"),
    "endless nesting": ("[" * 100000, "source: not JSON"),
    "unknown key": (_source(extra=1), 'source: unknown key "extra"; known: type, version, devices'),
    "key of two lines": (_source(**{"a\nb": 1}), 'source: unknown key "a\\nb"'),
    "key twice": ('{"version": 1, "version": 1}', 'key "version" twice'),
    "key missing": ('{"type": "solo5.manifest", "version": 1}', "source: key 'devices' missing"),
    "other type": (_source(type="solo5.abi"), "type: 'solo5.manifest' expected, not \"solo5.abi\""),
    "type a list": (_source(type=[1]), "type: 'solo5.manifest' expected, not an array"),
    "other version": (_source(version=2), "version: 1 expected, not 2"),
    "version true": (_source(version=True), "version: 1 expected, not true"),
    "version 1.0": (_source(version=1.0), "version: 1 expected, not 1.0"),
    "version a word": (_source(version="1"), 'version: 1 expected, not "1"'),
    "no list": (_source(devices={}), "devices: an array expected"),
    "64 devices": (
        _source(devices=[{"name": f"d{index}", "type": "NET_BASIC"} for index in range(64)]),
        "devices: 64 of them: too many entries, maximum 63",
    ),
    "device no object": (_source(devices=[_DISK, 7]), "devices[1]: an object expected"),
    "device key unknown": (_device(mac="x"), 'devices[1]: unknown key "mac"; known: name, type'),
    "device key missing": (_source(devices=[{"name": "disk"}]), "devices[0]: key 'type' missing"),
    "name empty": (_device(name=""), 'devices[1].name: ""'),
    "name of 68": (_device(name="x" * 68), "devices[1].name: "),
    "name with dash": (_device(name="my-disk"), 'devices[1].name: "my-disk": 1 to 67 characters of A-Z, a-z, 0-9'),
    "name with newline": (_device(name="disk\n"), 'devices[1].name: "disk\\n"'),
    "name with NUL": (_device(name="disk\x00"), "devices[1].name: "),
    "name of other digits": (_device(name="disk²"), "devices[1].name: "),
    "name that is C": (_device(name='", .type = 3 }, { .name = "'), "devices[1].name: "),
    "name a number": (_device(name=7), "devices[1].name: 7"),
    "name of a megabyte": (_device(name="-" * 1000000), 'devices[1].name: "---'),
    "name twice": (_device(name="disk"), "devices[1].name: 'disk' twice"),
    "type unknown": (_device(type="NET_FANCY"), 'devices[1].type: "NET_FANCY": unknown; known: BLOCK_BASIC, NET_BASIC'),
    "type that is C": (_device(type="NET_BASIC }, system("), "devices[1].type: "),
    "type of the reserved": (_device(type="RESERVED_FIRST"), "devices[1].type: "),
    "device type a number": (_device(type=2), "devices[1].type: 2: unknown"),
}


@pytest.mark.parametrize("name", _WRONG)
def test_a_wrong_source_is_refused_with_its_place(name: str) -> None:
    """Each rule of the source has its message: one short line that names the place."""
    source, expected = _WRONG[name]
    with pytest.raises(UsageError) as caught:
        parse(source)
    said = str(caught.value)
    assert said.startswith("manifest: ")
    assert expected in said
    assert [said] == said.splitlines()
    assert len(said) < 300


@settings(deadline=None, max_examples=100, derandomize=True, database=None)
@given(st.one_of(st.binary(max_size=40), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_any_source_ends_in_a_manifest_or_in_one_line(source: str | bytes) -> None:
    """Whatever the source is, what comes out is a Manifest or a UsageError of one line."""
    said = ""
    try:
        parse(source)
    except UsageError as cause:
        said = str(cause)
    assert len(said.splitlines()) <= 1


@settings(deadline=None, max_examples=100, derandomize=True, database=None)
@given(_MANIFESTS)
def test_source_and_note_hold_the_same(manifest: Manifest) -> None:
    """A manifest comes back from its JSON and from its bytes as it was."""
    assert manifest == parse(manifest.to_json())
    assert manifest == decode(manifest.encode())


def test_the_note_is_laid_out_as_the_contract_says() -> None:
    """Version, count, then records of 104 bytes: name at 0, type at 68, nothing else."""
    data = Manifest((Device("disk", DeviceType.BLOCK_BASIC), Device("service", DeviceType.NET_BASIC))).encode()
    reserved = bytes(68) + struct.pack("<I", 1 << 30) + bytes(32)
    disk = b"disk".ljust(68, b"\0") + struct.pack("<I", 1) + bytes(32)
    service = b"service".ljust(68, b"\0") + struct.pack("<I", 2) + bytes(32)
    assert struct.pack("<II", 1, 3) + reserved + disk + service == data


def _record(name: bytes = b"", kind: int = 1, attached: int = 0) -> Record:
    return Record(name, kind, attached)


def _mft(*records: Record, version: int = 1) -> bytes:
    return encode(records, version=version)


_FIRST = RESERVED
_DAMAGED = {
    "nothing": (b"", "0 bytes are too few"),
    "half a head": (b"\1\0\0\0", "4 bytes are too few"),
    "version": (_mft(_FIRST, version=2), "version 2, not 1"),
    "a byte too few": (_mft(_FIRST)[:-1], "size of 111 bytes does not match 1 records"),
    "a byte too many": (_mft(_FIRST) + b"\0", "size of 113 bytes does not match 1 records"),
    "no records": (_mft(), "0 records"),
    "65 records": (_mft(_FIRST, *(_record(b"d%d" % index) for index in range(64))), "65 records"),
    "record 0 is a device": (_mft(_record(b"disk")), "record 0: not the reserved one"),
    "record 0 has a name": (_mft(_record(b"disk", 1 << 30)), "record 0: not the reserved one"),
    "record 0 has a name behind NUL": (_mft(_record(b"\0x", 1 << 30)), "record 0: not the reserved one"),
    "record 0 attached": (_mft(_record(kind=1 << 30, attached=1)), "record 0: marked as attached"),
    "name without NUL": (_mft(_FIRST, _record(b"x" * 68)), "record 1: name without NUL"),
    "name empty": (_mft(_FIRST, _record()), "record 1: name b''"),
    "name with dash": (_mft(_FIRST, _record(b"my-disk")), "record 1: name b'my-disk'"),
    "name of two lines": (_mft(_FIRST, _record(b"a\nb")), "record 1: name b'a\\nb'"),
    "attached": (_mft(_FIRST, _record(b"disk", attached=2)), "record 1: marked as attached"),
    "name twice": (_mft(_FIRST, _record(b"a"), _record(b"a", 2)), "record 2: duplicate name 'a'"),
    "type 0": (_mft(_FIRST, _record(b"a", 0)), "record 1: unknown type 0"),
    "type of the reserved": (_mft(_FIRST, _record(b"a", 1 << 30)), "record 1: unknown type 1073741824"),
}


@pytest.mark.parametrize("name", _DAMAGED)
def test_a_damaged_note_is_refused_with_its_record(name: str) -> None:
    """Each rule of the note has its message, as a tender has."""
    data, expected = _DAMAGED[name]
    with pytest.raises(UsageError) as caught:
        decode(data)
    assert expected in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())
