# SPDX-License-Identifier: ISC
"""The two models of seccomp's machine are right: the simulator, the formulas, and this computer's kernel agree."""

from __future__ import annotations

import random
from collections.abc import Iterator

import bpf
import bpf_symbolic
import kernel
import pytest
import z3

from solo5.facts import tree

_CONSTANTS = (0, 1, 3, 4, 8, 15, 16, 17, 31, 32, 33, 60, 61, 63, 64, 0x7FFF0000, 0x80000000, 0xFFFFFFFF)
#: Number, architecture, and all arguments but the last. Where the call is made from is only known when it is.
_LOADS = (0, 4, *range(16, 56, 4))
_PASS = (bpf.RET_K, 0, 0, bpf.ALLOW)
_DATA = bpf_symbolic.Data()


def _taken(program: bpf.Program) -> bool:
    try:
        bpf.check(program)
    except bpf.RefusedError:
        return False
    return True


def _random_program(chance: random.Random, codes: tuple[int, ...]) -> bpf.Program:
    """Return a program of a few instructions that ends with a return of the accumulator; the kernel may refuse it."""
    size = chance.randrange(1, 12)

    def constant(code: int, left: int) -> int:
        if code == bpf.JA:
            return chance.randrange(left + 1)
        if code in {bpf.LD_MEM, bpf.LDX_MEM, bpf.ST, bpf.STX}:
            return chance.randrange(2)
        return chance.choice(_LOADS) if code == bpf.LD_ABS else chance.choice(_CONSTANTS)

    def insn(at: int) -> bpf.Insn:
        code, left = chance.choice(codes), size - at - 1
        return code, chance.randrange(left + 1), chance.randrange(left + 1), constant(code, left)

    return (*(insn(at) for at in range(size)), (bpf.RET_A, 0, 0, 0))


def _programs(count: int, codes: frozenset[int]) -> Iterator[tuple[random.Random, bpf.Program]]:
    """Yield programs that the kernel takes, the same in every run."""
    chance, ordered = random.Random(7), tuple(sorted(codes))  # noqa: S311 - nothing secret
    while count > 0:
        program = _random_program(chance, ordered)
        if _taken(program):
            count -= 1
            yield chance, program


def _random_data(chance: random.Random) -> tuple[int, ...]:
    words = [chance.choice((*_CONSTANTS, chance.randrange(1 << 32))) for _ in range(16)]
    return bpf.data(words[0], words[1], [low | high << 32 for low, high in zip(words[4::2], words[5::2], strict=True)])


def test_each_instruction_is_taken_or_refused_as_by_the_kernel() -> None:
    """Of all 256 instructions, with constants at every bound, the simulator takes those that this kernel takes."""
    programs = [(_PASS, (code, 0, 0, k), _PASS) for code in range(256) for k in _CONSTANTS]
    assert [_taken(each) for each in programs] == kernel.takes(programs)


def test_each_jump_is_taken_or_refused_as_by_the_kernel() -> None:
    """A jump out of the program, a program without an end, and memory that may not have been written are refused."""
    jumps = [(code, jt, jf, 1) for code in sorted(bpf.JUMP_CODES | {bpf.JA}) for jt in range(4) for jf in range(4)]
    write, read = (bpf.ST, 0, 0, 3), (bpf.LD_MEM, 0, 0, 3)
    programs: list[bpf.Program] = [(_PASS, jump, write, read, _PASS) for jump in jumps]
    programs += [(_PASS, write, jump, read, _PASS) for jump in jumps]
    programs += [(_PASS, jump) for jump in jumps]
    programs += [(_PASS, read, _PASS), (_PASS, write), (_PASS, write, _PASS, read, _PASS), (_PASS,) * 4096]
    assert [_taken(each) for each in programs] == kernel.takes(programs)


def test_formula_and_simulator_agree() -> None:
    """Of programs at random, of all instructions, the formula says for an input what the simulator says."""
    for chance, program in _programs(1500, bpf.CODES):
        formula = bpf_symbolic.verdict(program, _DATA)
        for words in (_random_data(chance) for _ in range(3)):
            values = [(word, z3.BitVecVal(value, 32)) for word, value in zip(_DATA.words, words, strict=True)]
            value = z3.simplify(z3.substitute(formula, *values)).as_long()
            assert bpf.verdict(program, words) == value, (program, words)


@pytest.mark.skipif(tree().host_arch() is None, reason="this host's architecture is not in the tree")
def test_kernel_and_simulator_agree() -> None:
    """Of programs at random, this kernel makes of a call what the simulator says."""
    host = tree().host_arch()
    assert host is not None
    # A return of 0, as after a division by zero, would kill the thread that asks.
    divide_by_index = bpf.DIV | bpf.OF_INDEX
    for chance, program in _programs(300, bpf.CODES - {divide_by_index, bpf.RET_K, bpf.RET_A}):
        as_errno = ((bpf.AND, 0, 0, 0x3FF), (bpf.OR, 0, 0, kernel.errno_of(1)), (bpf.RET_A, 0, 0, 0))
        asked = (*program[:-1], *as_errno)
        probes = [(0, host.linux.audit_arch, 0, 0, *_random_data(chance)[4:14], 0x501050, 0) for _ in range(3)]
        expected = [bpf.verdict(asked, each) & 0xFFF for each in probes]
        assert expected == kernel.errnos(asked, probes), program
