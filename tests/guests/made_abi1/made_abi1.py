# SPDX-License-Identifier: ISC
"""Guests of ABI version 1, from before there was an interpreter or a note for OpenBSD."""

from __future__ import annotations

from solo5.elf.sample import standard_notes, unikernel
from solo5.facts import Arch, Target


def make(arch: Arch, target: Target, variant: str) -> bytes:
    """Return one; `reversed` has the manifest's note before that of the ABI."""
    notes = standard_notes(target, version=1)
    del notes["not_openbsd"]
    if variant == "reversed":
        notes = dict(reversed(notes.items()))
    return unikernel(arch, target, interp=None, with_notes=notes).encode()
