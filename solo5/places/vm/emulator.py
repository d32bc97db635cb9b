# SPDX-License-Identifier: ISC
"""Which QEMU is there, and what is known of versions of it: toolchains/arch/*.toml, `[vm]`."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from solo5 import proc
from solo5.debian import foreign
from solo5.errors import Solo5Error, ToolMissingError
from solo5.facts import Arch, Tree
from solo5.findings import Finding
from solo5.need import Need

_DEADLINE_S: Final = 20.0
#: Where a QEMU's firmware and modules lie, from the folder that its bin/ is in.
_DATA: Final = ("share/qemu/*", "share/seabios/*", "lib/ipxe/qemu/*", "lib/qemu/*.so", "lib/*/qemu/*.so")


def need(arch: Arch, of: Tree) -> Need:
    """Return the program that emulates an architecture, as something that is needed."""
    cells = [f"{cell} in a virtual machine" for cell in of.cells() if cell.arch == arch.name]
    disables = ", ".join(cells) or "nothing yet"
    return Need(f"machine of {arch.name}", (arch.vm.package,), disables, (arch.vm.program,))


def find(arch: Arch) -> Path:
    """Return the program that emulates an architecture. Raises ToolMissingError if it is not installed."""
    program = shutil.which(arch.vm.program)
    if program is None:
        message = f"{arch.vm.program}: not found; install it: apt-get install {arch.vm.package}"
        raise ToolMissingError(message)
    return Path(program)


def data_files(arch: Arch) -> tuple[Path, ...]:
    """Return what comes with a QEMU and is loaded when it is needed: firmware, and modules of its own.

    It lies below the folder where the program's own is, as QEMU's `-L help` says of Debian's.
    """
    program = shutil.which(arch.vm.program)
    prefix = Path(program).resolve().parent.parent if program else None
    found = (path for each in _DATA for path in prefix.glob(each)) if prefix else ()
    return tuple(sorted(path for path in found if path.is_file()))


@functools.cache
def version(program: Path) -> str:
    """Return a QEMU's version, as in 7.2.22; it is asked once. Raises ToolMissingError if it does not say."""
    done = proc.run([program, "--version"], deadline_s=_DEADLINE_S)
    found = re.search(r"version (\d+(?:\.\d+)+)", done.stdout.decode(errors="replace"))
    if found is None:
        message = f"{program}: does not say its version; is it QEMU? to see: {proc.line([program, '--version'])}"
        raise ToolMissingError(message)
    return found[1]


def at_least(known: str, least: str | None) -> bool:
    """Tell whether a version is another one or later; None: no version is late enough.

    Only the numbers at its beginning count, as many as `least` has.
    """
    return least is not None and _numbers(known)[: len(_numbers(least))] >= _numbers(least)


def _numbers(text: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def refusal(arch: Arch, qemu: str, kernel: str) -> str | None:
    """Return why QEMU and kernel of these versions are not to be used together, in one line; None: nothing is known."""
    for pair in arch.vm.misfits:
        if at_least(kernel, pair.kernel_from) and not at_least(qemu, pair.qemu_before):
            return (
                f"{arch.vm.program} {qemu} with kernel {kernel}: {pair.seen}; "
                f"use QEMU {pair.qemu_before} or later, or a kernel before {pair.kernel_from}"
            )
    return None


def lacks(arch: Arch, qemu: str) -> tuple[str, ...]:
    """Return what a later QEMU would give, one text each with the version."""
    features = {
        "machines that start from a saved state": arch.vm.restores,
        "hardware breakpoints and watchpoints in guests of a nested virtual machine": arch.vm.debug_registers,
    }
    return tuple(
        f"{what} (QEMU {least} or later)"
        for what, least in features.items()
        if least is not None and not at_least(qemu, least)
    )


def findings(arch: Arch, of: Tree) -> Iterator[Finding]:
    """Yield what the doctor says of a QEMU: whether it may be used, and what a later one would give."""
    subject = f"QEMU for {arch.name}"
    try:
        found = version(find(arch))
    except Solo5Error:
        return  # that it is not there, its need says
    kernel = next(bundle for bundle in foreign.bundles(arch) if bundle.name == "kernel")
    cached = foreign.cached(kernel, of)
    refused = refusal(arch, found, cached[1][0].version) if cached else None
    lacking = ", ".join(lacks(arch, found))
    if refused is not None:
        yield Finding("missing", subject, refused, need(arch, of).disables)
    elif lacking:
        yield Finding("absent", subject, found, lacking)
    else:
        yield Finding("ok", subject, found)
