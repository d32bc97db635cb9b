# SPDX-License-Identifier: ISC
"""What a seccomp filter returns for every input at once, as formulas for an SMT solver (z3).

The same instructions as bpf.py. A program only jumps forward, so one pass does: each instruction has the
condition under which it is reached, and what the registers and the memory hold then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import bpf
import z3

_WORDS: Final = 16


def _word(value: int) -> Any:  # noqa: ANN401 - z3 has no types
    return z3.BitVecVal(value, 32)


@dataclass(frozen=True)
class Data:
    """struct seccomp_data (linux/seccomp.h) that may be anything, as 32-bit words."""

    words: tuple[Any, ...] = tuple(z3.BitVec(f"word{index}", 32) for index in range(_WORDS))

    @property
    def nr(self) -> Any:  # noqa: ANN401
        """Number of the system call."""
        return self.words[0]

    @property
    def arch(self) -> Any:  # noqa: ANN401
        """AUDIT_ARCH of whoever makes it."""
        return self.words[1]

    def arg(self, index: int) -> Any:  # noqa: ANN401
        """Return an argument, 64 bits; every architecture of ours is little-endian."""
        return z3.Concat(self.words[5 + 2 * index], self.words[4 + 2 * index])

    def witness(self, model: Any) -> tuple[int, ...]:  # noqa: ANN401
        """Return the input of a solver's answer, as bpf.verdict takes it."""
        return tuple(model.eval(word, model_completion=True).as_long() for word in self.words)


@dataclass(frozen=True)
class _State:
    """Where control comes from: under which condition, and with what."""

    when: Any
    a: Any
    x: Any
    memory: tuple[Any, ...]


def _either(when: Any, one: Any, other: Any) -> Any:  # noqa: ANN401
    return one if one.eq(other) else z3.If(when, one, other)


def _merged(states: Sequence[_State]) -> _State:
    merged = states[0]
    for each in states[1:]:
        merged = _State(
            z3.Or(each.when, merged.when),
            _either(each.when, each.a, merged.a),
            _either(each.when, each.x, merged.x),
            tuple(map(_either, [each.when] * bpf.MEMORY_WORDS, each.memory, merged.memory)),
        )
    return merged


_ALU: Final[dict[int, Callable[[Any, Any], Any]]] = {
    bpf.ADD: lambda a, b: a + b,
    bpf.SUB: lambda a, b: a - b,
    bpf.MUL: lambda a, b: a * b,
    bpf.DIV: z3.UDiv,
    bpf.OR: lambda a, b: a | b,
    bpf.AND: lambda a, b: a & b,
    bpf.LSH: lambda a, b: a << (b & 31),
    bpf.RSH: lambda a, b: z3.LShR(a, b & 31),
    bpf.XOR: lambda a, b: a ^ b,
}
_JUMPS: Final[dict[int, Callable[[Any, Any], Any]]] = {
    bpf.JEQ: lambda a, b: a == b,
    bpf.JGT: z3.UGT,
    bpf.JGE: z3.UGE,
    bpf.JSET: lambda a, b: a & b != 0,
}


def _stepped(insn: bpf.Insn, state: _State, data: Data) -> _State:
    """Return what an instruction that neither jumps nor returns leaves; it does not divide by zero."""
    code, _, _, k = insn
    when, a, x, memory = state.when, state.a, state.x, state.memory
    if code == bpf.LD_ABS:
        a = data.words[k // 4]
    elif code in bpf.ALU_CODES:
        a = _ALU[code & ~bpf.OF_INDEX](a, x if code & bpf.OF_INDEX else _word(k))
    elif code == bpf.NEG:
        a = -a
    elif code in {bpf.LD_IMM, bpf.LD_LEN}:
        a = _word(k if code == bpf.LD_IMM else bpf.DATA_BYTES)
    elif code in {bpf.LDX_IMM, bpf.LDX_LEN}:
        x = _word(k if code == bpf.LDX_IMM else bpf.DATA_BYTES)
    elif code == bpf.LD_MEM:
        a = memory[k]
    elif code == bpf.LDX_MEM:
        x = memory[k]
    elif code in {bpf.ST, bpf.STX}:
        memory = (*memory[:k], a if code == bpf.ST else x, *memory[k + 1 :])
    elif code == bpf.TAX:
        x = a
    else:  # bpf.TXA
        a = x
    return _State(when, a, x, memory)


def returned(program: Sequence[bpf.Insn], data: Data) -> list[tuple[Any, Any]]:
    """Return all pairs of a value and the condition under which the program returns it.

    Of the conditions exactly one holds for each input. Raises bpf.RefusedError for what the kernel refuses.
    """
    bpf.check(program)
    zero = _word(0)
    incoming: list[list[_State]] = [[] for _ in program]
    incoming[0].append(_State(z3.BoolVal(val=True), zero, zero, (zero,) * bpf.MEMORY_WORDS))
    results = []
    for at, insn in enumerate(program):
        if not incoming[at]:
            continue  # never reached
        state, (code, jt, jf, k) = _merged(incoming[at]), insn
        if code in {bpf.RET_K, bpf.RET_A}:
            results.append((_word(k) if code == bpf.RET_K else state.a, state.when))
        elif code in bpf.JUMP_CODES:
            holds = _JUMPS[code & ~bpf.OF_INDEX](state.a, state.x if code & bpf.OF_INDEX else _word(k))
            for to, condition in ((at + 1 + jt, holds), (at + 1 + jf, z3.Not(holds))):
                when = z3.And(state.when, condition)
                incoming[to].append(_State(when, state.a, state.x, state.memory))
        elif code == bpf.JA:
            incoming[at + 1 + k].append(state)
        else:
            if code == bpf.DIV | bpf.OF_INDEX:
                results.append((_word(bpf.KILL_THREAD), z3.And(state.when, state.x == 0)))
                state = _State(z3.And(state.when, state.x != 0), state.a, state.x, state.memory)
            incoming[at + 1].append(_stepped(insn, state, data))
    return results


def verdict(program: Sequence[bpf.Insn], data: Data) -> Any:  # noqa: ANN401
    """Return what the program returns, as one formula."""
    results = returned(program, data)
    value = results[-1][0]
    for each, when in reversed(results[:-1]):
        value = _either(when, each, value)
    return value


def difference(one: Any, other: Any, data: Data) -> tuple[int, ...] | None:  # noqa: ANN401
    """Return an input for which two formulas differ; None: there is none, they are equal for every input."""
    solver = z3.SolverFor("QF_BV")
    solver.add(one != other)
    answer = solver.check()
    if answer == z3.unsat:
        return None
    assert z3.sat == answer, solver.reason_unknown()
    return data.witness(solver.model())
