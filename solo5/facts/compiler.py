# SPDX-License-Identifier: ISC
"""What a compiler is: toolchains/compiler/<name>.toml."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solo5.facts.arch import Arch

__all__ = ["Compiler"]


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

    def for_arch(self, arch: Arch) -> Compiler:
        """Return this compiler with the architecture's names filled in."""
        names = {
            "triple": arch.compiler.triple,
            "triple_dashed": arch.compiler.triple.replace("_", "-"),
            "cpu": arch.compiler.triple.partition("-")[0],
            "debian": arch.debian.arch,
        }
        filled: dict[str, Any] = {
            each.name: _filled(getattr(self, each.name), names) for each in dataclasses.fields(self)
        }
        if arch.is_host:
            filled["packages"] = filled["native_packages"]
        return dataclasses.replace(self, **filled)


def _filled(value: object, names: Mapping[str, str]) -> object:
    """Return a text, or each of a tuple, with names filled in; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(_filled(each, names) for each in value)
    return value.format(**names) if isinstance(value, str) else value
