# SPDX-License-Identifier: ISC
"""What every unikernel file that we link has: where its text is, its interpreter, its symbols.

The linker script makes it so (bindings/solo5.lds.in), solo5.elf.check looks
whether it is, and solo5.elf.sample makes such files itself.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ENTRY", "GUARD", "GUARD_FAILED", "INTERP", "LAYOUT_SYMBOLS", "TEXT_START"]

#: Address of the first byte of text.
TEXT_START: Final = 0x100000
#: A program that is nowhere, so that no host's kernel starts a unikernel by accident.
INTERP: Final = b"/nonexistent/solo5/".ljust(24, b"\0")
#: What LibOSes with linker scripts of their own use.
LAYOUT_SYMBOLS: Final = ("_stext", "_etext", "_erodata", "_edata", "_end", "_stdata", "_ltdata", "_ltbss")
ENTRY: Final = "_start"
#: The stack protector's value, and what is called when it was overwritten.
GUARD: Final = "__stack_chk_guard"
GUARD_FAILED: Final = "__stack_chk_fail"
