# SPDX-License-Identifier: ISC
"""The application manifest: from JSON, to and from the bytes of the note.

Layout and rules: bindings/include/solo5/mft_abi.h. The source is data of
anybody; an error names the place in it that is wrong.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, NoReturn

from solo5.errors import UsageError

__all__ = [
    "MAX_DEVICES",
    "NAME_MAX",
    "NAME_SIZE",
    "RESERVED",
    "RESERVED_FIRST",
    "VERSION",
    "Device",
    "DeviceType",
    "Manifest",
    "Record",
    "decode",
    "encode",
    "parse",
]

VERSION: Final = 1
MAX_DEVICES: Final = 63
NAME_MAX: Final = 67
NAME_SIZE: Final = 68
RESERVED_FIRST: Final = 1 << 30

#: Version, number of records.
_HEAD: Final = struct.Struct("<II")
#: Name, type, and what a tender fills in: device fields, host descriptor, attached; 104 bytes.
_RECORD: Final = struct.Struct(f"<{NAME_SIZE}sI16sQB7s")
_NAME: Final = re.compile(r"[A-Za-z0-9]+", re.ASCII)
#: How much of a wrong value an error shows, characters.
_SHOWN: Final = 100
_KIND: Final = "solo5.manifest"


class DeviceType(IntEnum):
    """Types of devices, by the names that the source uses."""

    BLOCK_BASIC = 1
    NET_BASIC = 2


@dataclass(frozen=True)
class Record:
    """A record of struct mft as it stands in a file, right or wrong."""

    name: bytes
    """In the file, with as many NUL as there is room for."""
    type: int
    attached: int = 0
    """Not 0: as if a tender had filled it in."""

    def encode(self) -> bytes:
        """Return its bytes."""
        return _RECORD.pack(self.name, self.type, b"", 0, self.attached, b"")


#: The record that stands for no device.
RESERVED: Final = Record(b"", RESERVED_FIRST)


def encode(records: Sequence[Record], *, version: int = VERSION, count: int | None = None) -> bytes:
    """Return a struct mft of these records, right or wrong; `count` instead of their number."""
    head = _HEAD.pack(version, len(records) if count is None else count)
    return b"".join((head, *(record.encode() for record in records)))


@dataclass(frozen=True)
class Device:
    """One device; its handle is its place in the manifest, from 1."""

    name: str
    type: DeviceType


@dataclass(frozen=True)
class Manifest:
    """A whole manifest, without the reserved record."""

    devices: tuple[Device, ...]

    def encode(self) -> bytes:
        """Return struct mft."""
        return encode((RESERVED, *(Record(each.name.encode(), each.type) for each in self.devices)))

    def to_json(self) -> str:
        """Return it in the form of the source."""
        devices = [{"name": each.name, "type": each.type.name} for each in self.devices]
        return json.dumps({"type": _KIND, "version": VERSION, "devices": devices}, indent=2) + "\n"


def _fail(place: str, wrong: str) -> NoReturn:
    message = f"manifest: {place}: {wrong}"
    raise UsageError(message)


def _shown(value: object) -> str:
    """Return a value of the source as it may stand in a line, in its own words."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _object(value: object, place: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        _fail(place, "an object expected")
    for key in value:
        if key not in keys:
            _fail(place, f"unknown key {_shown(key)}; known: {', '.join(keys)}")
    for key in keys:
        if key not in value:
            _fail(place, f"key {key!r} missing")
    return value


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            _fail("source", f"key {_shown(key)} twice in one object")
        seen[key] = value
    return seen


def parse(text: str | bytes) -> Manifest:
    """Read a manifest's JSON source.

    Raises UsageError with the place, as in `devices[3].name`.
    """
    try:
        source = json.loads(text, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError) as cause:
        message = f"manifest: source: not JSON: {cause}"
        raise UsageError(message) from cause
    top = _object(source, "source", ("type", "version", "devices"))
    if top["type"] != _KIND:
        _fail("type", f"{_KIND!r} expected, not {_shown(top['type'])}")
    if type(top["version"]) is not int or top["version"] != VERSION:
        _fail("version", f"{VERSION} expected, not {_shown(top['version'])}")
    if not isinstance(top["devices"], list):
        _fail("devices", "an array expected")
    if len(top["devices"]) > MAX_DEVICES:
        _fail("devices", f"{len(top['devices'])} of them: too many entries, maximum {MAX_DEVICES}")
    devices: list[Device] = []
    for index, value in enumerate(top["devices"]):
        device = _device(value, f"devices[{index}]")
        if any(device.name == other.name for other in devices):
            _fail(f"devices[{index}].name", f"{device.name!r} twice")
        devices.append(device)
    return Manifest(tuple(devices))


def _device(value: object, place: str) -> Device:
    fields = _object(value, place, ("name", "type"))
    name, kind = fields["name"], fields["type"]
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > NAME_MAX:
        _fail(f"{place}.name", f"{_shown(name)}: 1 to {NAME_MAX} characters of A-Z, a-z, 0-9 expected")
    if not isinstance(kind, str) or kind not in DeviceType.__members__:
        _fail(f"{place}.type", f"{_shown(kind)}: unknown; known: {', '.join(DeviceType.__members__)}")
    return Device(name, DeviceType[kind])


def decode(data: bytes) -> Manifest:
    """Read struct mft as it stands in a file, by the rules of a tender.

    Raises UsageError with the record that is wrong.
    """
    if len(data) < _HEAD.size:
        _fail("note", f"{len(data)} bytes are too few")
    version, entries = _HEAD.unpack_from(data)
    if version != VERSION:
        _fail("note", f"version {version}, not {VERSION}")
    if not 1 <= entries <= 1 + MAX_DEVICES:
        wrong = f"too many entries, maximum {MAX_DEVICES}" if entries else "record 0 is missing"
        _fail("note", f"{entries} records: {wrong}")
    if len(data) != _HEAD.size + entries * _RECORD.size:
        _fail("note", f"size of {len(data)} bytes does not match {entries} records")
    devices: list[Device] = []
    for index in range(entries):
        name, kind, _, _, attached, _ = _RECORD.unpack_from(data, _HEAD.size + index * _RECORD.size)
        place = f"record {index}"
        if attached:
            _fail(place, "marked as attached in the file")
        if index == 0:
            if kind != RESERVED_FIRST or any(name):
                _fail(place, "not the reserved one")
            continue
        device = _decoded(name, kind, place)
        if any(device.name == other.name for other in devices):
            _fail(place, f"duplicate name {device.name!r}")
        devices.append(device)
    return Manifest(tuple(devices))


def _decoded(name: bytes, kind: int, place: str) -> Device:
    text, nul, _ = name.partition(b"\0")
    if not nul:
        _fail(place, "name without NUL")
    if not _NAME.fullmatch(text.decode("latin-1")):
        _fail(place, f"name {text!r}: 1 to {NAME_MAX} characters of A-Z, a-z, 0-9 expected")
    if kind not in tuple(DeviceType):
        _fail(place, f"unknown type {kind}")
    return Device(text.decode(), DeviceType(kind))
