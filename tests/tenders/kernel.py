# SPDX-License-Identifier: ISC
"""Asks this computer's kernel about seccomp filters: whether it takes one, and what one decides.

A filter is put over a child process. Where it would return a verdict, it returns an errno instead, so that no call is
made and none kills; and it only looks at calls whose last argument says so, so that Python goes on working.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
from collections.abc import Callable, Sequence
from typing import Any, Final

import bpf

_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_RET_ERRNO: Final = 0x00050000
#: Stand for verdicts; two numbers that no call here returns.
_ERRNOS: Final = {errno.EXFULL: bpf.ALLOW, errno.EL3HLT: bpf.KILL_PROCESS}
#: Low half of the last argument of calls that the filter looks at.
_MARK: Final = 0x501050
_LAST_LOW: Final = 56
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """struct sock_fprog (linux/filter.h)."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _install(program: Sequence[bpf.Insn]) -> bool:
    """Put a filter over this process. False: the kernel refuses it."""
    described = _Program(len(program), bpf.pack(program))
    return bool(_LIBC.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(described), 0, 0) == 0)


def _in_a_child(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever JSON can say
    """Do something in a process of its own, which may not have privileges, and return its answer."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            os.write(writer, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as answer:  # noqa: PTH123 - a descriptor
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)


def takes(programs: Sequence[Sequence[bpf.Insn]]) -> list[bool]:
    """Tell of each program whether the kernel takes it. Each begins with a return that lets everything pass."""
    return [bool(each) for each in _in_a_child(lambda: [_install(each) for each in programs])]


def _marked(words: tuple[int, ...]) -> tuple[int, ...]:
    """Return number and arguments, with the mark in the last."""
    args = [words[at] | words[at + 1] << 32 for at in range(4, 14, 2)]
    return (words[0], *args, _MARK)


def errnos(program: Sequence[bpf.Insn], probes: Sequence[tuple[int, ...]]) -> list[int]:
    """Return the errno that the kernel makes of each probe; 0: the call returned nothing wrong.

    Every return of the program is an errno, and it looks neither at the last argument nor at where the call is made.
    """
    prelude = [(bpf.LD_ABS, 0, 0, _LAST_LOW), (bpf.JEQ, 1, 0, _MARK), (bpf.RET_K, 0, 0, bpf.ALLOW)]
    program = (*prelude, (bpf.LD_IMM, 0, 0, 0), *program)
    calls = [_marked(each) for each in probes]

    def work() -> list[int]:
        assert _install(program)
        numbers = []
        for nr, *args in calls:
            ctypes.set_errno(0)
            _LIBC.syscall(ctypes.c_long(nr), *(ctypes.c_ulong(arg) for arg in args))
            numbers.append(ctypes.get_errno())
        return numbers

    return list(_in_a_child(work))


def errno_of(value: int) -> int:
    """Return what a program has to return for an errno."""
    return _RET_ERRNO | value


def verdicts(program: Sequence[bpf.Insn], probes: Sequence[tuple[int, ...]]) -> list[int]:
    """Return what the kernel makes of each probe; the program allows or kills, and ignores the last argument."""
    by_verdict = {verdict: errno_of(number) for number, verdict in _ERRNOS.items()}
    asked = [(code, jt, jf, by_verdict[k] if code == bpf.RET_K else k) for code, jt, jf, k in program]
    return [_ERRNOS[number] for number in errnos(asked, probes)]
