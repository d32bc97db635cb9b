# SPDX-License-Identifier: ISC
"""The program `solo5`: finds the verb (solo5.commands), and turns errors into a line and a status."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

import solo5
from solo5 import commands, completion, interrupt, options, progress, shown, standard
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
    return ended(lambda: _run(command, rest), commands.failure_status(command))


def _run(command: commands.Command, words: Sequence[str]) -> int:
    # At once: where a limit of descriptors or memory is reached, nothing can be loaded any more.
    from solo5 import cache, env, facts, ours, outside  # noqa: PLC0415 - `--help` does without

    with outside.telling():
        if command.SWEEPS_FIRST:
            env.sweep()
            ours.hold(facts.tree().build_root)
            if kept := cache.known():
                ours.hold(kept)
        return command.main(words)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status.

    An error that a person can mend is one line on standard error, and so is a
    bug of ours, unless SOLO5_VERBOSE=1 asks for its traceback.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    standard.secure()
    interrupt.install()
    with interrupt.careful():
        return ended(lambda: _dispatch(words))


def program() -> NoReturn:
    """Be the program: `main`, and then the end of this process."""
    interrupt.install()
    with interrupt.careful():
        try:
            status = main()
            interrupt.release()
        except Terminated as terminated:
            status = terminated.exit_status
    sys.exit(status)


def ended(work: Callable[[], int], failure_status: int | None = None) -> int:
    """Return the status of some work; that of a failure of ours is `failure_status`, or what its error says."""
    try:
        try:
            status = work()
        except SystemExit:
            # As `--help` ends.
            sys.stdout.flush()
            raise
        sys.stdout.flush()
    except Solo5Error as error:
        _tell(f"{error}")
        return failure_status or error.exit_status
    except Terminated as terminated:
        return terminated.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last to see it
        return _failed(error, failure_status)
    finally:
        # One failure is told; Python must not complain of another at exit.
        with contextlib.suppress(OSError, Solo5Error):
            sys.stdout.flush()
    return status


def _failed(error: Exception, failure_status: int | None) -> int:
    """Tell what is no error of ours by its class, and return its status."""
    if isinstance(error, BrokenPipeError) and error.filename in standard.NAMES:
        # Whoever read has read enough.
        return BROKEN_PIPE
    bug = f"a bug of ours: {type(error).__name__}: {error}"
    if progress.is_verbose():
        with contextlib.suppress(OSError):
            traceback.print_exception(error)
        _tell(bug)
    else:
        _tell(f"{bug}; {progress.VERBOSE_VARIABLE}=1 shows where")
    return failure_status or Solo5Error.exit_status


def _tell(text: str) -> None:
    # Nobody may be there any more.
    with contextlib.suppress(OSError):
        # It may hold what a guest or another program said.
        print(f"solo5: {shown.text(text)}", file=sys.stderr)


if __name__ == "__main__":
    program()
