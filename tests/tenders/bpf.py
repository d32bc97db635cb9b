# SPDX-License-Identifier: ISC
"""Runs seccomp filters: a simulator of classic BPF, strict as the kernel is.

An instruction that the kernel's checker would refuse, or a jump out of the
program, is an error here, never a verdict. See kernel
Documentation/networking/filter.rst and net/core/filter.c's table of what
seccomp accepts.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000

#: (code, jt, jf, k), as in struct sock_filter.
Insn = tuple[int, int, int, int]

_LD_ABS, _LD_MEM, _ST, _TAX, _RET, _JA = 0x20, 0x60, 0x02, 0x07, 0x06, 0x05
_AND_K = 0x54
_ADD = {0x04: False, 0x0C: True}
_JUMPS: dict[int, Callable[[int, int], bool]] = {
    0x10: lambda a, b: a == b,
    0x20: lambda a, b: a > b,
    0x30: lambda a, b: a >= b,
    0x40: lambda a, b: bool(a & b),
}
_DATA_WORDS = 16
_U32 = 0xFFFFFFFF


def unpack(program: bytes) -> tuple[Insn, ...]:
    """Return the instructions of a program as libseccomp exports it."""
    return tuple(struct.iter_unpack("<HBBI", program))


def data(nr: int, arch: int, args: Sequence[int]) -> tuple[int, ...]:
    """Return struct seccomp_data as the 32-bit words that a filter loads."""
    padded = [*args, *([0] * (6 - len(args)))]
    halves = [half for arg in padded for half in (arg & _U32, arg >> 32 & _U32)]
    return (nr & _U32, arch, 0, 0, *halves)


def verdict(program: Sequence[Insn], words: tuple[int, ...]) -> int:  # noqa: C901 - one branch an instruction
    """Run a program on struct seccomp_data and return what it returns."""
    accumulator = index = at = 0
    memory = [0] * 16
    while True:
        code, jt, jf, k = program[at]
        at += 1
        if code == _LD_ABS:
            if k % 4 or k // 4 >= _DATA_WORDS:
                message = f"load at {k}"
                raise ValueError(message)
            accumulator = words[k // 4]
        elif code == _RET:
            return k
        elif code == _JA:
            at += k
        elif code & 0x07 == 0x05:
            operand = index if code & 0x08 else k
            at += jt if _JUMPS[code & 0xF0](accumulator, operand) else jf
        elif code == _LD_MEM:
            accumulator = memory[k]
        elif code == _ST:
            memory[k] = accumulator
        elif code == _TAX:
            index = accumulator
        elif code in _ADD:
            accumulator = accumulator + (index if _ADD[code] else k) & _U32
        elif code == _AND_K:
            accumulator &= k
        else:
            message = f"instruction {code:#x}"
            raise ValueError(message)
