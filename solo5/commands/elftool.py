# SPDX-License-Identifier: ISC
"""`solo5 elftool`: the program solo5-elftool, as a verb."""

from __future__ import annotations

from typing import Final

from solo5.elf.elftool import main, parser

__all__ = ["SUMMARY", "SWEEPS_FIRST", "main", "parser"]

SUMMARY: Final = "Write and read the notes of unikernel files."
SWEEPS_FIRST: Final = False
