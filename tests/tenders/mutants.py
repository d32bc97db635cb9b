# SPDX-License-Identifier: ISC
"""Damages a filter: every program that differs from it in one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import bpf

_U32: Final = (1 << 32) - 1
_FARTHEST: Final = 255
#: What works on registers alone. The kernel does not look at their constant.
_WITHOUT_CONSTANT: Final = {bpf.TAX, bpf.TXA, bpf.NEG, bpf.RET_A} | {
    code for code in bpf.ALU_CODES | bpf.JUMP_CODES if code & bpf.OF_INDEX
}


@dataclass(frozen=True)
class Mutant:
    """One."""

    at: int
    """Which instruction was damaged."""
    what: str
    """How."""
    program: bpf.Program


def _constants(k: int, every: frozenset[int]) -> set[int]:
    """Return what may stand where a constant does: its neighbours, other words' offsets, and the filter's others."""
    return {(k + step) & _U32 for step in (-8, -4, -1, 1, 4, 8)} | {k ^ 1 << 31, k ^ _U32} | every


def _changed(insn: bpf.Insn, every: frozenset[int]) -> Iterator[tuple[str, bpf.Insn]]:
    code, jt, jf, k = insn
    # All others are refused (test_bpf.py).
    for other in sorted(bpf.CODES):
        yield f"code {other:#x}", (other, jt, jf, k)
    if code not in _WITHOUT_CONSTANT:
        for value in sorted(_constants(k, every)):
            yield f"k {value:#x}", (code, jt, jf, value)
    if code not in bpf.JUMP_CODES:
        return
    for step in (-1, 1):
        yield f"jt {step:+}", (code, jt + step, jf, k)
        yield f"jf {step:+}", (code, jt, jf + step, k)
    yield "jt and jf swapped", (code, jf, jt, k)


def _moved(program: bpf.Program, at: int, step: int) -> bpf.Program:
    """Return a program whose jumps over AT lead where they led, once STEP instructions more stand there."""

    def over(source: int, distance: int) -> int:
        return distance + step if source < at < source + 1 + distance else distance

    moved = []
    for source, (code, jt, jf, k) in enumerate(program):
        if code in bpf.JUMP_CODES:
            moved.append((code, over(source, jt), over(source, jf), k))
        else:
            moved.append((code, jt, jf, over(source, k) if code == bpf.JA else k))
    return tuple(moved)


def _resized(program: bpf.Program, at: int) -> Iterator[Mutant]:
    """Yield what lacks an instruction, with jumps as far as they were or to where they led; or has it twice.

    Twice with jumps that lead where they led is no damage: what is loaded, tested or returned again is the same.
    """
    yield Mutant(at, "dropped", program[:at] + program[at + 1 :])
    moved = _moved(program, at, -1)
    yield Mutant(at, "left out", moved[:at] + moved[at + 1 :])
    yield Mutant(at, "twice", program[: at + 1] + program[at:])


def of(program: bpf.Program) -> Iterator[Mutant]:
    """Yield every single mutant of a program that is another program, each once."""
    every = frozenset(insn[3] for insn in program)
    seen = {program}
    for at, insn in enumerate(program):
        singles = (
            Mutant(at, what, (*program[:at], changed, *program[at + 1 :])) for what, changed in _changed(insn, every)
        )
        for mutant in (*singles, *_resized(program, at)):
            if mutant.program not in seen and _can_be_written(mutant.program):
                seen.add(mutant.program)
                yield mutant


def _can_be_written(program: bpf.Program) -> bool:
    """Tell whether each jump fits into its field; others are no programs."""
    return all(0 <= jt <= _FARTHEST and 0 <= jf <= _FARTHEST for _, jt, jf, _ in program)
