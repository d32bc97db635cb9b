# SPDX-License-Identifier: ISC
"""Reads TOML tables into dataclasses, and refuses what does not fit.

A key that the class does not have, a missing one and a value of another type
are the writer's mistakes: each is one line that names the place. Which keys
there are, the classes say; solo5.matrix.cases owns those.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from solo5.errors import UsageError

T = TypeVar("T")

_WORDS: Mapping[type, str] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def load(kind: type[T], table: object, where: str) -> T:
    """Make a `kind`, a dataclass, of a TOML table.

    Fields with a default may be missing. `where` begins the message of the
    UsageError that a misfit raises.
    """
    if not isinstance(table, dict):
        message = f"{where}: not a table, but {table!r}"
        raise UsageError(message)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    hints = typing.get_type_hints(kind)
    for key in table:
        if key not in fields:
            message = f"{where}: {key}: unknown key; known: {', '.join(sorted(fields))}"
            raise UsageError(message)
    for name, field in fields.items():
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and name not in table:
            message = f"{where}: {name}: missing"
            raise UsageError(message)
    return kind(**{key: _value(hints[key], value, f"{where}: {key}") for key, value in table.items()})


def _value(hint: Any, value: object, where: str) -> Any:  # noqa: ANN401 - a type is known only by its hint
    """Return `value` as the type that `hint` describes."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        # TOML has no null: only the other half of `X | None` can be meant.
        (hint,) = (part for part in parts if part is not types.NoneType)
        return _value(hint, value, where)
    if origin is typing.Literal and value not in parts:
        message = f"{where}: {value!r} is none of {', '.join(map(str, parts))}"
        raise UsageError(message)
    if hint is Any or origin is typing.Literal:
        return value
    if origin is tuple:
        if not isinstance(value, list):
            message = f"{where}: not a list, but {value!r}"
            raise UsageError(message)
        return tuple(_value(parts[0], each, f"{where}[{at}]") for at, each in enumerate(value))
    if origin is Mapping:
        if not isinstance(value, dict):
            message = f"{where}: not a table, but {value!r}"
            raise UsageError(message)
        return {key: _value(parts[1], each, f"{where}.{key}") for key, each in value.items()}
    if dataclasses.is_dataclass(hint):
        return load(typing.cast("type[Any]", hint), value, where)
    return _scalar(hint, value, where)


def _scalar(hint: type, value: object, where: str) -> object:
    """Return a string, number or truth value, if `value` is one."""
    if hint is float and type(value) is int:
        return float(value)
    # A bool is an int in Python, and not in TOML.
    if type(value) is not hint:
        message = f"{where}: not {_WORDS.get(hint, hint.__name__)}, but {value!r}"
        raise UsageError(message)
    return value
