# SPDX-License-Identifier: ISC
"""Reads TOML, and what JSON holds, into frozen dataclasses, and refuses what does not fit.

The classes say which keys there are: a field is a key, its type is what may
stand there, its default makes it optional. A mistake of the writer is one
line that says file, key, what was expected and what was found. Fields may be
texts, numbers, truth values, `Literal`s, dataclasses, tuples and mappings by
name of any of these, and alternatives (`X | Y`, `X | None`).

What a file means is its reader's: solo5.facts, solo5.matrix.cases.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, TypeVar

from solo5.errors import UsageError

__all__ = ["Table", "load", "parse", "read"]

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

#: A table as tomllib gives it: not looked at yet.
Table = Mapping[str, object]

_SCALARS: Final[Mapping[type, str]] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
#: How much of a wrong value a message shows, characters.
_SHOWN: Final = 60


def parse(path: Path, where: str | None = None) -> Table:
    """Return a TOML file as a table.

    `where` names the file in messages, its path if not said. Raises
    UsageError if it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        reason = cause.strerror if isinstance(cause, OSError) else cause
        message = f"{where or path}: {reason}"
        raise UsageError(message) from cause


def read(kind: type[T], path: Path, where: str | None = None, **given: object) -> T:
    """Make a `kind` of a TOML file: `parse`, then `load`."""
    return load(kind, parse(path, where), where or str(path), **given)


def load(kind: type[T], table: object, where: str, **given: object) -> T:
    """Make a `kind`, a dataclass, of a TOML table.

    `where` begins the message of the UsageError that a misfit raises: a file,
    or a file and the table in it. `given` are values of fields that the caller
    knows; they are no keys.
    """
    return _load(kind, table, f"{where}: ", "", given)


def plain(value: object) -> Any:  # noqa: ANN401 - JSON's values have no common type
    """Return a value as JSON can hold it; `load` reads it again.

    Of a dataclass, what has its default is left out.
    """
    if dataclasses.is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != _default(field)
        }
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def _default(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _load(kind: type[T], table: object, where: str, key: str, given: Table) -> T:
    """Do the same at a key of the file; the empty key is the file's own table."""
    if not isinstance(table, Mapping):
        _misfit(where, key, "a table", table)
    known, hints = _keys(kind), _hints(kind)
    for name in table:
        if name not in known or name in given:
            _unknown(where, _below(key, name), name, sorted(known.keys() - given.keys()))
    for name, is_needed in known.items():
        if is_needed and name not in table and name not in given:
            message = f"{where}{_below(key, name)}: missing; expected {_expected(hints[name])}"
            raise UsageError(message)
    # Most values are just what they should be.
    values = {
        name: value if type(value) is hints[name] else _value(hints[name], value, where, _below(key, name))
        for name, value in table.items()
    }
    return kind(**given, **values)


@functools.cache
def _keys(kind: type[DataclassInstance]) -> Mapping[str, bool]:
    """Return the names of a class' fields, and whether each must be given."""
    missing = dataclasses.MISSING
    fields = (field for field in dataclasses.fields(kind) if field.init)
    return {field.name: field.default is missing and field.default_factory is missing for field in fields}


@functools.cache
def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401 - a type is known only by its hint
    """Return what a type is made with, and of."""
    return typing.get_origin(hint), typing.get_args(hint)


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    """Return the types of a class' fields, as values."""
    return typing.get_type_hints(kind)


def _value(hint: Any, value: object, where: str, key: str) -> Any:  # noqa: ANN401 - a type is known only by its hint
    """Return `value` as the type that `hint` describes."""
    origin, parts = _parts(hint)
    if hint is object:
        return value
    if origin in {types.UnionType, typing.Union}:
        fitting = next((part for part in parts if _is_of_kind(part, value)), None)
        if fitting is None:
            _misfit(where, key, _expected(hint), value)
        return _value(fitting, value, where, key)
    if not _is_of_kind(hint, value):
        _misfit(where, key, _expected(hint), value)
    if origin is tuple and isinstance(value, list):
        part = parts[0]
        return tuple(
            each if type(each) is part else _value(part, each, where, f"{key}[{at}]") for at, each in enumerate(value)
        )
    if origin is Mapping and isinstance(value, Mapping):
        return {name: _value(parts[1], each, where, _below(key, name)) for name, each in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _load(hint, value, where, key, {})
    return float(value) if hint is float and isinstance(value, int) else value


def _is_of_kind(hint: Any, value: object) -> bool:  # noqa: ANN401 - as above
    """Tell whether a value is of the kind that a hint describes, without a look inside."""
    origin, parts = _parts(hint)
    if hint is types.NoneType:
        return value is None
    if origin is Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if origin is tuple:
        return isinstance(value, list)
    if origin is Mapping or dataclasses.is_dataclass(hint):
        return isinstance(value, Mapping)
    if hint is float:
        return type(value) in {int, float}
    # A bool is an int in Python, and not in TOML.
    return hint in _SCALARS and type(value) is hint


def _expected(hint: Any) -> str:  # noqa: ANN401 - as above
    """Describe a type in words."""
    origin, parts = _parts(hint)
    if origin in {types.UnionType, typing.Union}:
        # TOML has no null, and in JSON a key that is not there is None, too.
        return " or ".join(_expected(part) for part in parts if part is not types.NoneType)
    if origin is Literal:
        return f"{'one of ' if len(parts) > 1 else ''}{', '.join(json.dumps(part) for part in parts)}"
    if origin is tuple:
        return "a list"
    if origin is Mapping or dataclasses.is_dataclass(hint):
        return "a table"
    return _SCALARS.get(hint, "a value")


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _misfit(where: str, key: str, expected: str, found: object) -> NoReturn:
    message = f"{where}{f'{key}: ' if key else ''}expected {expected}, found {_shown(found)}"
    raise UsageError(message)


def _unknown(where: str, key: str, name: str, known: list[str]) -> NoReturn:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"; near it: {near[0]}" if near else ""
    message = f"{where}{key}: unknown key{meant}; known: {', '.join(known)}"
    raise UsageError(message)


def _shown(value: object) -> str:
    """Return a value as TOML would have it, in one line, in short."""
    if isinstance(value, Mapping | list):
        return "a table" if isinstance(value, Mapping) else "a list"
    text = json.dumps(value) if isinstance(value, str | bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
