# SPDX-License-Identifier: ISC
"""What each package shows the others: its `__all__`, and nothing else."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from solo5.facts import tree

_ROOT = tree().root


def _name(path: Path) -> str:
    """Return a module's name, as it is imported."""
    parts = path.relative_to(_ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


_MODULES = {_name(path): path for path in sorted((_ROOT / "solo5").rglob("*.py"))}
_PACKAGES = {name for name, path in _MODULES.items() if path.name == "__init__.py"}


def _shown(package: str) -> list[str]:
    shown: list[str] = importlib.import_module(package).__all__
    return shown


def _uses(module: str) -> Iterator[tuple[str, str]]:
    """Yield what a module imports of ours: package, and the name that it asks of the package."""
    for node in ast.walk(ast.parse(_MODULES[module].read_text())):
        if isinstance(node, ast.ImportFrom) and node.module in _MODULES and node.level == 0:
            for each in node.names:
                if f"{node.module}.{each.name}" not in _PACKAGES:
                    yield (node.module, each.name) if node.module in _PACKAGES else _parted(node.module)


def _parted(module: str) -> tuple[str, str]:
    package, _, name = module.rpartition(".")
    return package, name


@pytest.mark.parametrize("package", sorted(_PACKAGES))
def test_a_package_says_what_is_public(package: str) -> None:
    """Each package has `__all__`, without doubles, and each name in it is one of its own or a module of it."""
    shown = _shown(package)
    assert len(shown) == len(set(shown))
    loaded = importlib.import_module(package)
    assert [] == [name for name in shown if not hasattr(loaded, name) and f"{package}.{name}" not in _MODULES]


def test_a_module_shows_only_what_it_has() -> None:
    """Where a module has `__all__`, each name in it exists."""
    for module in _MODULES.keys() - _PACKAGES:
        if "\n__all__ = " in _MODULES[module].read_text():
            loaded = importlib.import_module(module)
            assert [] == [name for name in loaded.__all__ if not hasattr(loaded, name)], module


def test_packages_use_of_each_other_what_is_public() -> None:
    """No module imports what another package does not show; the modules beside the packages are for everybody."""
    hidden = [
        f"{module}: {package}.{name}"
        for module in sorted(_MODULES)
        for package, name in _uses(module)
        if package != "solo5" and not f"{module}.".startswith(f"{package}.") and name not in _shown(package)
    ]
    assert [] == hidden
