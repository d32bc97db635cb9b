# SPDX-License-Identifier: ISC
"""Runs seccomp filters: a simulator of classic BPF, strict as the kernel is.

It knows every instruction that seccomp takes, and refuses every program that
the kernel refuses. Source: kernel Documentation/networking/filter.rst and
net/core/filter.c (bpf_check_classic), kernel/seccomp.c (seccomp_check_filter).
The same for all inputs at once: bpf_symbolic.py.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Final

ALLOW: Final = 0x7FFF0000
KILL_PROCESS: Final = 0x80000000
#: What a division by zero returns.
KILL_THREAD: Final = 0

#: (code, jt, jf, k), as in struct sock_filter.
Insn = tuple[int, int, int, int]
Program = tuple[Insn, ...]

LD_ABS, LD_IMM, LD_MEM, LD_LEN = 0x20, 0x00, 0x60, 0x80
LDX_IMM, LDX_MEM, LDX_LEN = 0x01, 0x61, 0x81
ST, STX, TAX, TXA, NEG = 0x02, 0x03, 0x07, 0x87, 0x84
RET_K, RET_A, JA = 0x06, 0x16, 0x05
#: In an ALU or jump instruction: the operand is the index register, not the constant.
OF_INDEX: Final = 0x08
ADD, SUB, MUL, DIV, OR, AND, LSH, RSH, XOR = 0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0xA4
JEQ, JGT, JGE, JSET = 0x15, 0x25, 0x35, 0x45

_ALU: Final[dict[int, Callable[[int, int], int]]] = {
    ADD: lambda a, b: a + b,
    SUB: lambda a, b: a - b,
    MUL: lambda a, b: a * b,
    DIV: lambda a, b: a // b,
    OR: lambda a, b: a | b,
    AND: lambda a, b: a & b,
    LSH: lambda a, b: a << (b & 31),
    RSH: lambda a, b: a >> (b & 31),
    XOR: lambda a, b: a ^ b,
}
_JUMPS: Final[dict[int, Callable[[int, int], bool]]] = {
    JEQ: lambda a, b: a == b,
    JGT: lambda a, b: a > b,
    JGE: lambda a, b: a >= b,
    JSET: lambda a, b: bool(a & b),
}
ALU_CODES: Final = frozenset(code | of for code in _ALU for of in (0, OF_INDEX))
JUMP_CODES: Final = frozenset(code | of for code in _JUMPS for of in (0, OF_INDEX))
_OTHER_CODES: Final = frozenset(
    {LD_ABS, LD_IMM, LD_MEM, LD_LEN, LDX_IMM, LDX_MEM, LDX_LEN, ST, STX, TAX, TXA, NEG, RET_K, RET_A, JA}
)
CODES: Final = ALU_CODES | JUMP_CODES | _OTHER_CODES

DATA_BYTES: Final = 64
MEMORY_WORDS: Final = 16
_INSNS_MAX: Final = 4096
_U32: Final = 0xFFFFFFFF


class RefusedError(ValueError):
    """The kernel does not take such a program."""


def unpack(program: bytes) -> tuple[Insn, ...]:
    """Return the instructions of a program as libseccomp exports it."""
    return tuple(struct.iter_unpack("<HBBI", program))


def pack(program: Sequence[Insn]) -> bytes:
    """Return a program as the kernel takes it (struct sock_filter[])."""
    return b"".join(struct.pack("<HBBI", *insn) for insn in program)


def data(nr: int, arch: int, args: Sequence[int]) -> tuple[int, ...]:
    """Return struct seccomp_data as the 32-bit words that a filter loads."""
    padded = [*args, *([0] * (6 - len(args)))]
    halves = [half for arg in padded for half in (arg & _U32, arg >> 32 & _U32)]
    return (nr & _U32, arch, 0, 0, *halves)


def _constant_is_right(code: int, k: int) -> bool:
    if code == LD_ABS:
        return k % 4 == 0 and k < DATA_BYTES
    if code in {LD_MEM, LDX_MEM, ST, STX}:
        return k < MEMORY_WORDS
    if code == DIV:
        return k != 0
    return code not in {LSH, RSH} or k < 32


def _successors(at: int, insn: Insn) -> tuple[int, ...]:
    """Return where control may go from an instruction."""
    code, jt, jf, k = insn
    if code in {RET_K, RET_A}:
        return ()
    if code == JA:
        return (at + 1 + k,)
    return (at + 1 + jt, at + 1 + jf) if code in JUMP_CODES else (at + 1,)


def check(program: Sequence[Insn]) -> None:
    """Raise RefusedError for a program that the kernel refuses (EINVAL)."""
    size = len(program)
    if not 0 < size <= _INSNS_MAX:
        message = f"{size} instructions"
        raise RefusedError(message)
    for at, insn in enumerate(program):
        if insn[0] not in CODES or not _constant_is_right(insn[0], insn[3]):
            message = f"instruction {at}: {insn}"
            raise RefusedError(message)
        if any(to >= size for to in _successors(at, insn)):
            message = f"instruction {at}: control leaves the program"
            raise RefusedError(message)
    _check_memory(program)


def _check_memory(program: Sequence[Insn]) -> None:
    """Refuse what reads memory that was not written on every way to it, as the kernel sees it.

    The kernel carries what was written from one instruction to the next, also over a return; a jump leaves all
    words as written to what follows it, since that is reached by other jumps only.
    """
    every = (1 << MEMORY_WORDS) - 1
    at_target = [every] * len(program)
    written = 0
    for at, insn in enumerate(program):
        code, k = insn[0], insn[3]
        written &= at_target[at]
        if code in {ST, STX}:
            written |= 1 << k
        elif code in {LD_MEM, LDX_MEM} and not written >> k & 1:
            message = f"instruction {at}: memory {k} is read, not written"
            raise RefusedError(message)
        elif code == JA or code in JUMP_CODES:
            for to in _successors(at, insn):
                at_target[to] &= written
            written = every


def verdict(program: Sequence[Insn], words: tuple[int, ...]) -> int:  # noqa: C901, PLR0912 - one branch an instruction
    """Run a program that `check` accepts on struct seccomp_data and return what it returns."""
    a = x = at = 0
    memory = [0] * MEMORY_WORDS
    while True:
        code, jt, jf, k = program[at]
        at += 1
        if code == LD_ABS:
            a = words[k // 4]
        elif code == RET_K:
            return k
        elif code in JUMP_CODES:
            at += jt if _JUMPS[code & ~OF_INDEX](a, x if code & OF_INDEX else k) else jf
        elif code == JA:
            at += k
        elif code in ALU_CODES:
            operand = x if code & OF_INDEX else k
            if code & ~OF_INDEX == DIV and operand == 0:
                return KILL_THREAD
            a = _ALU[code & ~OF_INDEX](a, operand) & _U32
        elif code == NEG:
            a = -a & _U32
        elif code in {LD_IMM, LD_LEN}:
            a = k if code == LD_IMM else DATA_BYTES
        elif code in {LDX_IMM, LDX_LEN}:
            x = k if code == LDX_IMM else DATA_BYTES
        elif code == LD_MEM:
            a = memory[k]
        elif code == LDX_MEM:
            x = memory[k]
        elif code in {ST, STX}:
            memory[k] = a if code == ST else x
        elif code == TAX:
            x = a
        elif code == TXA:
            a = x
        else:
            return a  # RET_A
