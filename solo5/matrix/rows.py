# SPDX-License-Identifier: ISC
"""Lays a cases.toml out: one plain table for each case.

What the file says once is put into every case that it holds for: defaults,
the values of a row, the values of $words. How a file is written, and what a
case may say, is solo5.matrix.cases'; here no key has a meaning, but for the
name, which $name stands for, and the end, of which a case has one.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn, cast

from solo5 import typed
from solo5.errors import UsageError
from solo5.typed import Table

#: The keys of `expect` that say how the guest ends. A case has exactly one.
ENDS: Final = ("status", "signal", "end")
#: What a new end replaces: `syscall` belongs to a signal.
_REPLACED: Final = (*ENDS, "syscall")


@dataclass(frozen=True)
class File:
    """What a cases.toml holds: tables [[case]], and what is so in each of them."""

    case: tuple[Table, ...]
    default: Table = field(default_factory=dict)


@dataclass(frozen=True)
class _Rows:
    """A table [[case]] of several cases: what they share, and where they differ."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def laid_out(file: File, where: str) -> Iterator[tuple[str, Table]]:
    """Yield each case's place in the file, for messages, and its table.

    `where` names the file. Raises UsageError, one line.
    """
    if not file.case:
        _refuse(where, "case: expected a case, found none")
    for at, table in enumerate(file.case):
        here = f"{where}: case {at + 1}"
        if "rows" in table or "columns" in table:
            yield from _cases_of_rows(file.default, table, here)
        else:
            yield _filled_case(merged(file.default, table), {}, here)


def merged(base: Table, more: Table, key: str = "") -> Table:
    """Return `base` with what `more` says; tables are merged key by key.

    `key` is where the two tables stand: in an `expect`, one end replaces the other.
    """
    if key == "expect" and any(end in more for end in ENDS):
        base = {name: value for name, value in base.items() if name not in _REPLACED}
    values = dict(base)
    for name, value in more.items():
        below = base.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        values[name] = merged(below, value, name) if both else value  # type: ignore[arg-type] # both are tables
    return values


def _cases_of_rows(default: Table, table: Table, where: str) -> Iterator[tuple[str, Table]]:
    """Yield one case for each row of a table [[case]]."""
    parts = {name: value for name, value in table.items() if name in {"columns", "rows"}}
    listed = typed.load(_Rows, parts, where)
    shared = merged(default, {name: value for name, value in table.items() if name not in parts})
    if not listed.rows:
        _refuse(where, "rows: expected a row, found none; a table without rows is one case")
    _check_columns(listed, shared, where)
    for at, row in enumerate(listed.rows):
        here = f"{where}, row {at + 1}"
        if len(row) != len(listed.columns):
            _refuse(here, f"expected {len(listed.columns)} values, one for each column, found {len(row)}")
        values: dict[str, object] = {}
        words: dict[str, object] = {}
        for column, value in zip(listed.columns, row, strict=True):
            if column.startswith("$"):
                words[column[1:]] = value
            else:
                _put(values, column, value)
        yield _filled_case(merged(shared, values), words, here)


def _check_columns(listed: _Rows, shared: Table, where: str) -> None:
    """Refuse columns that are named twice, and words that nothing uses."""
    twice = next((name for name in listed.columns if listed.columns.count(name) > 1), None)
    if twice is not None:
        _refuse(where, f"columns: {twice}: named twice")
    for column in listed.columns:
        table = next((name for name in listed.columns if column.startswith(f"{name}.")), None)
        if table is not None:
            _refuse(where, f"columns: {column}: {table} is a column, too")
    texts = "\n".join((*_texts(shared), *_texts(listed.rows)))
    used = string.Template(texts).get_identifiers()
    for column in listed.columns:
        if column.startswith("$") and column[1:] not in used:
            _refuse(where, f"columns: {column}: no text of these cases has this word")


def _put(values: dict[str, object], path: str, value: object) -> None:
    """Set the value of a key; `a.b` is key b of table a."""
    *tables, key = path.split(".")
    for name in tables:
        values = cast("dict[str, object]", values.setdefault(name, {}))
    values[key] = value


def _filled_case(table: Table, words: Table, where: str) -> tuple[str, Table]:
    """Return the case's place, by its name if it has one, and its table without $words."""
    name = _filled(table.get("name", ""), words, where, "name")
    if isinstance(name, str) and name:
        words = {**words, "name": name}
        where = f"{where.rpartition(': ')[0]}: case {name}"
    return where, {key: name if key == "name" else _filled(value, words, where, key) for key, value in table.items()}


def _filled(value: object, words: Table, where: str, key: str) -> object:
    """Return a value of a table with the values of its $words."""
    if isinstance(value, Mapping):
        return {name: _filled(each, words, where, f"{key}.{name}") for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, words, where, f"{key}[{at}]") for at, each in enumerate(value)]
    if not isinstance(value, str) or "$" not in value:
        return value
    template = string.Template(value)
    if not template.is_valid():
        _refuse(where, f"{key}: {value!r}: a $ begins a word; $$ is a dollar")
    names = template.get_identifiers()
    for name in names:
        if name not in words:
            known = ", ".join(f"${each}" for each in sorted(words)) or "none"
            _refuse(where, f"{key}: ${name}: unknown word; known here: {known}")
    if [value] == [f"${name}" for name in names]:
        return words[names[0]]
    for name in names:
        if not isinstance(words[name], str | int):
            _refuse(where, f"{key}: ${name}: expected a string or a whole number inside a text")
    return template.substitute(words)


def _texts(value: object) -> Iterator[str]:
    """Yield every text below a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _refuse(where: str, problem: str) -> NoReturn:
    message = f"{where}: {problem}"
    raise UsageError(message)
