# SPDX-License-Identifier: ISC
"""solo5.facts: names that computers and packages have for an architecture."""

from __future__ import annotations

import dataclasses
import os
from types import SimpleNamespace

import pytest

from solo5.facts import Arch, Compiler, tree

_COMPILER = Compiler(
    name="cc",
    packages=("cc-{triple_dashed}", "lib-{debian}-cross"),
    native_packages=("cc", "lib-{debian}"),
    cc="{triple}-cc",
    cc_args=("--target={cpu}-none",),
    ld="ld",
    objcopy="objcopy",
    ar="ar",
    strip="strip",
    guest_flags=(),
    files=("/lib/{triple}/a",),
    default=True,
)


def _arch() -> Arch:
    arch = tree().archs()[0]
    names = dataclasses.replace(arch.compiler, triple="my_cpu-linux-gnu")
    return dataclasses.replace(
        arch, name="mine", compiler=names, debian=dataclasses.replace(arch.debian, arch="mydebian")
    )


def test_names_of_the_architecture_are_filled_in() -> None:
    """Every text of a compiler may hold the architecture's names; what is no text stays."""
    filled = _COMPILER.for_arch(_arch())
    assert filled == dataclasses.replace(
        _COMPILER,
        packages=("cc-my-cpu-linux-gnu", "lib-mydebian-cross"),
        native_packages=("cc", "lib-mydebian"),
        cc="my_cpu-linux-gnu-cc",
        cc_args=("--target=my_cpu-none",),
        files=("/lib/my_cpu-linux-gnu/a",),
    )


def test_a_computer_of_the_architecture_has_packages_of_its_own() -> None:
    """At home, what to install is the native packages."""
    arch = dataclasses.replace(_arch(), uname=os.uname().machine)
    assert ("cc", "lib-mydebian") == _COMPILER.for_arch(arch).packages


def test_a_kernel_may_have_another_name_for_the_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    """What uname(2) says is the architecture's name, unless its facts say another."""
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine="theirs"))
    arch = _arch()
    assert not arch.is_host
    assert dataclasses.replace(arch, uname="theirs").is_host
    assert dataclasses.replace(arch, name="theirs").is_host
    assert not dataclasses.replace(arch, name="theirs", uname="other").is_host
