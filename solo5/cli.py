# SPDX-License-Identifier: ISC
"""The program `solo5`: finds the verb (solo5.commands), and turns errors into a line and a status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import solo5
from solo5 import commands, completion, options, progress
from solo5.errors import BROKEN_PIPE, INTERRUPTED, Solo5Error, Terminated, UsageError


def _usage() -> str:
    lines = [f"  {name:<10} {commands.summary(name)}" for name in commands.names()]
    head = "usage: solo5 COMMAND ...\n\nRun unikernels, and the workshop that builds, runs and tests them.\n\n"
    tail = f"\n\n`solo5 COMMAND --help` says more. {progress.VERBOSE_VARIABLE}=1 shows every program that is started."
    return head + "\n".join(lines) + tail


def _dispatch(words: Sequence[str]) -> int:
    if options.asked():
        completion.answer_shell()
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_usage())
        return 0 if words else UsageError.exit_status
    name, *rest = words
    if name in {"--version", "-V"}:
        print(f"solo5 {solo5.__version__}")
        return 0
    command = commands.load(name)
    if command.SWEEPS_FIRST:
        from solo5 import env  # noqa: PLC0415 - `--help` and the small tools do without

        env.sweep()
    return _ended(lambda: command.main(rest), commands.failure_status(command))


def _end_cleanly() -> None:
    """Let what asks us to end do what Ctrl-C does, unless we were started to ignore it."""

    def terminate(number: int, _frame: object) -> NoReturn:
        raise Terminated(number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, terminate)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status.

    An error that a person can mend is one line on standard error, and so is a
    bug of ours, unless SOLO5_VERBOSE=1 asks for its traceback.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _end_cleanly()
    return _ended(lambda: _dispatch(words))


def _ended(work: Callable[[], int], failure_status: int | None = None) -> int:
    """Return the status of some work; that of a failure of ours is `failure_status`, or what its error says."""
    try:
        status = work()
        sys.stdout.flush()
    except Solo5Error as error:
        print(f"solo5: {error}", file=sys.stderr)
        return failure_status or error.exit_status
    except Terminated as ended:
        return ended.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has read enough; Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except Exception as error:
        if progress.is_verbose():
            raise
        kind = type(error).__name__
        print(f"solo5: a bug of ours: {kind}: {error}; {progress.VERBOSE_VARIABLE}=1 shows where", file=sys.stderr)
        return failure_status or Solo5Error.exit_status
    return status


if __name__ == "__main__":
    sys.exit(main())
