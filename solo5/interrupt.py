# SPDX-License-Identifier: ISC
"""When a signal that asks this process to end becomes an exception: only where the main thread waits.

Python raises it between any two steps: when a folder has just been made whose
name nobody has yet, or in the middle of removing one. No `with` and no
`finally` holds against that. So a careful process notes the signal, and raises
where something may take long (`waiting`): whatever has been made by then has
an owner. Steps between two waits are short; should one not be, the signal
raises wherever it is after a while.

    ANYWHERE   as Python does: of processes that are not ours alone, as pytest's
    AT_WAITS   of ours (`careful`); what `waiting` encloses, is ANYWHERE for so long
    NEVER      what must be whole (`undisturbed`)
"""

from __future__ import annotations

import contextlib
import enum
import signal
import threading
from collections.abc import Iterator
from typing import Final, NoReturn

from solo5.errors import Terminated

#: Ctrl-C, a request of a program, a terminal that goes.
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: So long may the steps between two waits take.
_PATIENCE_S: Final = 3.0


class _When(enum.IntEnum):
    NEVER = 0
    AT_WAITS = 1
    ANYWHERE = 2


class _State:
    """Of the main thread: no other is interrupted."""

    when = _When.ANYWHERE
    noted: int | None = None
    """A signal that has not been raised yet."""
    raised = False
    """Whether one has been: what follows is the end, which has the time that it needs."""


def install() -> None:
    """Take the signals from now on, but for those that we were started to ignore."""
    if not _is_main():
        return
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _note)
    signal.signal(signal.SIGALRM, _lose_patience)


def release() -> None:
    """Let the signals end this process at once: nothing of it is left, or another program takes its place.

    One that was noted is raised.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is _note:
            signal.signal(number, signal.SIG_DFL)
    check()


def check() -> None:
    """Raise a signal that was noted, unless it must not be raised now."""
    if _State.noted is not None and _is_main() and _State.when is not _When.NEVER:
        _raise(_State.noted)


@contextlib.contextmanager
def careful() -> Iterator[None]:
    """Raise no signal in the block but where it waits."""
    with _limited(_When.AT_WAITS):
        yield


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Raise no signal in the block, which is short, or ends in time by itself."""
    with _limited(_When.NEVER):
        yield


@contextlib.contextmanager
def waiting() -> Iterator[None]:
    """Let a signal end what the block waits for, if the process is careful. All that was made before has an owner."""
    if not _is_main() or _State.when is _When.NEVER:
        yield
        return
    before = _State.when
    try:
        _State.when = _When.ANYWHERE
        check()
        yield
    finally:
        _State.when = before
    check()


@contextlib.contextmanager
def _limited(most: _When) -> Iterator[None]:
    if not _is_main():
        yield
        return
    before = _State.when
    try:
        _State.when = min(before, most)
        yield
    finally:
        _State.when = before
    if before is _When.ANYWHERE:
        check()


def _is_main() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _note(number: int, _frame: object) -> None:
    """Handle one of the signals."""
    _State.noted = number
    if _State.when is _When.ANYWHERE:
        _raise(number)
    if not _State.raised:
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S, _PATIENCE_S)


def _lose_patience(_number: int, _frame: object) -> None:
    """Raise what was noted, wherever it is: there was no wait for long."""
    check()


def _raise(number: int) -> NoReturn:
    _State.noted, _State.raised = None, True
    # Whatever it ends, is careful from here on.
    _State.when = min(_State.when, _When.AT_WAITS)
    signal.setitimer(signal.ITIMER_REAL, 0)
    raise Terminated(number)
