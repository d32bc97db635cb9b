# SPDX-License-Identifier: ISC
"""What a compiler is: toolchains/compiler/<name>.toml."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from solo5.facts.arch import Arch

__all__ = ["Compiler"]

#: What may stand in braces.
_NAMES: Final[Mapping[str, Callable[[Arch], str]]] = {
    "triple": lambda arch: arch.compiler.triple,
    "triple_dashed": lambda arch: arch.compiler.triple.replace("_", "-"),
    "cpu": lambda arch: arch.compiler.triple.partition("-")[0],
    "debian": lambda arch: arch.debian.arch,
}


@dataclass(frozen=True)
class Compiler:
    """One compiler, with the binary tools that belong to it.

    In its values, `{triple}` is the architecture's, `{triple_dashed}` the same
    as packages are named, `{cpu}` its first part, and `{debian}` Debian's name
    of the architecture.
    """

    name: str
    packages: tuple[str, ...]
    native_packages: tuple[str, ...]
    """What to install instead on a computer of that architecture."""
    cc: str
    cc_args: tuple[str, ...]
    """What the compiler is always given."""
    ld: str
    objcopy: str
    ar: str
    strip: str
    guest_flags: tuple[str, ...]
    """What it is given for guests besides."""
    files: tuple[str, ...]
    """What it needs that is no program, as patterns of paths."""
    default: bool = False
    """Whether it builds where none is named; exactly one does."""

    def mistake(self) -> str | None:
        """Return what its file must not say, with the key; None: nothing."""
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            for text in value if isinstance(value, tuple) else (value,):
                if isinstance(text, str) and not _can_be_filled(text):
                    known = ", ".join(f"{{{name}}}" for name in _NAMES)
                    return f"{each.name}: known in braces: {known}; found {text!r}; a brace itself is written twice"
        return None

    def for_arch(self, arch: Arch) -> Compiler:
        """Return this compiler with the architecture's names filled in."""
        names = {name: value(arch) for name, value in _NAMES.items()}
        filled: dict[str, Any] = {
            each.name: _filled(getattr(self, each.name), names) for each in dataclasses.fields(self)
        }
        if arch.is_host:
            filled["packages"] = filled["native_packages"]
        return dataclasses.replace(self, **filled)


def _can_be_filled(text: str) -> bool:
    """Tell whether all braces in a text hold a known name, and nothing else."""
    try:
        # What is before each name, the name, how to write it, and what to make of it before.
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return False
    return all(name is None or (name in _NAMES and not form and not made) for _, name, form, made in parts)


def _filled(value: object, names: Mapping[str, str]) -> object:
    """Return a text, or each of a tuple, with names filled in; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(_filled(each, names) for each in value)
    return value.format(**names) if isinstance(value, str) else value
