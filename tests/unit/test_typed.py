# SPDX-License-Identifier: ISC
"""solo5.typed: TOML files as values of dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from solo5 import typed
from solo5.errors import UsageError


@dataclass(frozen=True)
class Wheel:
    """A part."""

    spokes: int


@dataclass(frozen=True)
class Bicycle:
    """A whole, with a field of each kind."""

    name: str
    weight: float
    front: Wheel
    kind: Literal["road", "mountain"] = "road"
    folds: bool = False
    owner: str | None = None
    end: int | str = 0
    gears: tuple[int, ...] = ()
    spare: tuple[Wheel, ...] = ()
    lights: Mapping[str, Wheel] = field(default_factory=dict)
    basket: Wheel | None = None


GOOD = "weight = 9.5\n[front]\nspokes = 32\n"


def read(tmp_path: Path, text: str) -> Bicycle:
    """Read `text` as the file of a bicycle."""
    path = tmp_path / "red.toml"
    path.write_text(text)
    return typed.read(Bicycle, path, "bicycle/red.toml", name="red")


def test_keys_with_a_default_may_be_missing(tmp_path: Path) -> None:
    """What the file does not say is the class' default; what the caller knows is no key."""
    assert Bicycle("red", 9.5, Wheel(32)) == read(tmp_path, GOOD)


def test_every_kind_of_field(tmp_path: Path) -> None:
    """Tables become dataclasses at any depth, lists tuples, and a whole number does for a number."""
    text = """
weight = 9
kind = "mountain"
folds = true
owner = "me"
end = "SIGSEGV"
gears = [3, 8]
front.spokes = 32
basket.spokes = 0
lights.rear.spokes = 1
[[spare]]
spokes = 28
"""
    assert read(tmp_path, text) == Bicycle(
        name="red",
        weight=9.0,
        front=Wheel(32),
        kind="mountain",
        folds=True,
        owner="me",
        end="SIGSEGV",
        gears=(3, 8),
        spare=(Wheel(28),),
        lights={"rear": Wheel(1)},
        basket=Wheel(0),
    )


_MISTAKES = {
    "missing": (("weight = 9.5\n", ""), "weight: missing; expected a number"),
    "missing in a table": (("spokes = 32", ""), "front.spokes: missing; expected a whole number"),
    "missing table": (("[front]\nspokes = 32", ""), "front: missing; expected a table"),
    "misspelt": (
        ("spokes", "spoke"),
        "front.spoke: unknown key; near it: spokes; known: spokes",
    ),
    "unknown": (
        ("weight", "zzz = 1\nweight"),
        "zzz: unknown key; known: basket, end, folds, front, gears, kind, lights, owner, spare, weight",
    ),
    "a field that the caller gives": (("weight", "name = 'blue'\nweight"), "name: unknown key; known: basket, "),
    "text": (("32", "'32'"), 'front.spokes: expected a whole number, found "32"'),
    "truth value": (("32", "true"), "front.spokes: expected a whole number, found true"),
    "number": (("weight", "owner = 1\nweight"), "owner: expected a string, found 1"),
    "neither": (("weight", "end = []\nweight"), "end: expected a whole number or a string, found a list"),
    "none of the words": (
        ("weight", "kind = 'tandem'\nweight"),
        'kind: expected one of "road", "mountain", found "tandem"',
    ),
    "no list": (("weight", "gears = 3\nweight"), "gears: expected a list, found 3"),
    "in a list": (("weight", "gears = [3, 'x']\nweight"), 'gears[1]: expected a whole number, found "x"'),
    "in a table of a list": (("weight", "spare = [{}]\nweight"), "spare[0].spokes: missing; expected a whole number"),
    "in a mapping": (("weight", "lights.rear.spokes = 1.5\nweight"), "lights.rear.spokes: expected a whole number, fo"),
    "no table": (("[front]\nspokes = 32", "front = 3"), "front: expected a table, found 3"),
    "long": (("32", f"'{'x' * 100}'"), f'front.spokes: expected a whole number, found "{"x" * 59}...'),
    "no TOML": (("weight", "weight weight"), "Expected '=' after a key in a key/value pair (at line 1, column 8)"),
}


@pytest.mark.parametrize(("change", "complaint"), _MISTAKES.values(), ids=_MISTAKES)
def test_a_mistake_is_one_line(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    """File, key, what was expected and what was found stand in one line."""
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(UsageError) as raised:
        read(tmp_path, text)
    assert str(raised.value).startswith(f"bicycle/red.toml: {complaint}")
    assert "\n" not in str(raised.value)


@dataclass(frozen=True)
class Wish:
    """What may be missing, and is there by default."""

    colour: str | None = "red"
    wheels: tuple[Wheel, ...] = (Wheel(28),)


@pytest.mark.parametrize("wish", [Wish(), Wish(None, ()), Wish("blue", (Wheel(1), Wheel(2)))], ids=["0", "1", "2"])
def test_what_json_holds_is_read_as_it_was(wish: Wish) -> None:
    """A value that travels as JSON comes back whole, and what has its default is not in it."""
    table = json.loads(json.dumps(typed.plain(wish)))
    assert wish == typed.load(Wish, table, "wish")
    assert (wish == Wish()) == (table == {})


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is one line with its path."""
    with pytest.raises(UsageError) as raised:
        typed.read(Bicycle, tmp_path / "none.toml", name="none")
    assert f"{tmp_path / 'none.toml'}: No such file or directory" == str(raised.value)
