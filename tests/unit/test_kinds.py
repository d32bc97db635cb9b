# SPDX-License-Identifier: ISC
"""The name of a kind stands in the kind's own module only: everybody else asks it, or its folder."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from solo5 import env, launch, places
from solo5.facts import tree

_ROOT = tree().root
#: Folders of kinds that are Python modules, and of those that are facts.
_MODULES: Final = ("solo5/env", "solo5/launch", "solo5/places")
_FACTS: Final = ("pins", "toolchains/arch", "toolchains/compiler", "toolchains/target")
#: Words that are no names of kinds where they stand: file, word, and why.
_OTHERWISE: Final = {
    ("solo5/debian/releases.py", "bookworm"): "what a host is taken for that does not say its release",
    ("solo5/needs.py", "gcc"): "a package and a program of this host, which no guest is built with",
    ("solo5/tender/image.py", "host"): "a field of struct guest_memory",
}


def _kinds(root: Path) -> dict[str, set[Path]]:
    """Return the names of all kinds, each with its own modules: files, or folders."""
    kinds: dict[str, set[Path]] = {}
    for folder in _MODULES:
        for path in (root / folder).glob("[!_.]*"):
            kinds.setdefault(path.stem, set()).add(path)
    for folder in _FACTS:
        for path in (root / folder).glob("*.toml"):
            kinds.setdefault(path.stem, set())
    return kinds


def _words(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string of a module that is no docstring."""
    module = ast.parse(path.read_text())
    bodies = [getattr(node, "body", ()) for node in ast.walk(module)]
    alone = {id(each.value) for body in bodies if isinstance(body, list) for each in body if isinstance(each, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def _named(root: Path) -> Iterator[tuple[str, int, str]]:
    """Yield file, line and word of each kind's name that stands outside the kind's own modules."""
    kinds = _kinds(root)
    for path in (*sorted((root / "solo5").rglob("*.py")), *root.glob("noxfile.py")):
        for line, word in _words(path):
            if word in kinds and not any(path.is_relative_to(own) for own in kinds[word]):
                yield str(path.relative_to(root)), line, word


def test_only_a_kinds_own_module_says_its_name() -> None:
    """No constant, enum, dict or choice names a place, launcher, environment, architecture, target or compiler."""
    assert [] == [f"{file}:{line}: {word}" for file, line, word in _named(_ROOT) if (file, word) not in _OTHERWISE]


def test_each_exception_is_needed() -> None:
    """A word that is excused stands where the table says."""
    assert set(_OTHERWISE) == {(file, word) for file, _, word in _named(_ROOT)} & set(_OTHERWISE)


def _imports(path: Path) -> Iterator[Path]:
    """Yield what a module imports of ours, as paths without a suffix: modules, and names in them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from (_ROOT.joinpath(*node.module.split("."), each.name) for each in node.names)


def test_nobody_imports_what_is_in_a_kind() -> None:
    """A kind's modules are its own: others ask the package, and get it by its name."""
    kinds = [path.with_suffix("") for owned in _kinds(_ROOT).values() for path in owned]
    importers = {
        f"{path.relative_to(_ROOT)}: {kind.relative_to(_ROOT)}"
        for path in sorted((_ROOT / "solo5").rglob("*.py"))
        for imported in _imports(path)
        for kind in kinds
        if imported.is_relative_to(kind) and not path.with_suffix("").is_relative_to(kind)
    }
    # The verb that makes what containers are made of.
    assert {"solo5/commands/image.py: solo5/env/container"} == importers


def test_the_folders_are_those_that_the_packages_read() -> None:
    """What this test takes for the names of kinds, the packages and the facts give as such."""
    of = tree()
    known = {*env.names(), *launch.names(), *places.names(), *of.arch_names, *of.compiler_names, *of.target_names}
    assert known <= set(_kinds(_ROOT))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('PLACES = ("barn", "x")', [1]),
        ('Place = Literal["x", "barn"]', [1]),
        ('if name == "barn":\n    pass', [1]),
        ('class Place(Enum):\n    """barn"""\n\n    X = "barn"', [4]),
        ('{"barn": 1}\nparser.add_argument("--place", choices=["barn"])', [1, 2]),
        ('match name:\n    case "barn":\n        pass', [2]),
        ('"""barn"""\n\n\ndef barn():\n    """A barn."""\n    return f"a barn {barn}"', []),
    ],
)
def test_names_are_found_wherever_they_stand(tmp_path: Path, code: str, found: list[int]) -> None:
    """In tuples, types, comparisons, enums, keys, choices and patterns; prose is free."""
    for name, text in (("places/barn.py", 'name = "barn"'), ("other.py", textwrap.dedent(code))):
        path = tmp_path / "solo5" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert [("solo5/other.py", line, "barn") for line in found] == list(_named(tmp_path))
