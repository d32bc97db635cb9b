# SPDX-License-Identifier: ISC
"""Sound files that are for something else than this tender."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from solo5.elf.sample import standard_notes, unikernel
from solo5.elf.write import Image
from solo5.facts import Arch, Target, tree

#: A number that no target has.
UNKNOWN_TARGET = 5
_ELFCLASS32, _ELFDATA2MSB = 1, 2
_ET_DYN = 3


def _other_target(arch: Arch, target: Target) -> Image:
    abi = next(each.abi for each in tree().targets() if each.abi != target.abi)
    return _with_abi(arch, target, abi, 1)


def _with_abi(arch: Arch, target: Target, abi: int, version: int) -> Image:
    asked = standard_notes(target)
    other = dataclasses.replace(target, abi=abi, versions=(version,))
    return unikernel(arch, target, with_notes=asked | {"abi": standard_notes(other)["abi"]})


def _other_machine(arch: Arch, target: Target) -> Image:
    machine = next(each.elf.machine for each in tree().archs() if each.elf.machine != arch.elf.machine)
    return unikernel(arch, target).with_header(machine=machine)


VARIANTS: dict[str, Callable[[Arch, Target], Image]] = {
    "target": _other_target,
    "target-unknown": lambda arch, target: _with_abi(arch, target, UNKNOWN_TARGET, 1),
    "version-newer": lambda arch, target: _with_abi(arch, target, target.abi, target.versions[-1] + 1),
    "version-0": lambda arch, target: _with_abi(arch, target, target.abi, 0),
    "machine": _other_machine,
    "byte-order": lambda arch, target: unikernel(arch, target).with_header(data=_ELFDATA2MSB),
    "class": lambda arch, target: unikernel(arch, target).with_header(elf_class=_ELFCLASS32),
    "type": lambda arch, target: unikernel(arch, target).with_header(type=_ET_DYN),
}


def make(arch: Arch, target: Target, variant: str) -> bytes:
    """Return the file of a variant."""
    return VARIANTS[variant](arch, target).encode()
