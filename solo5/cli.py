# SPDX-License-Identifier: ISC
"""The command `solo5`: finds the subcommand, and turns errors into a line and a status.

Each subcommand parses its own words and imports what it needs when it runs:
`--help` and the small tools start at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

import solo5
from solo5 import completion, options
from solo5.errors import INTERRUPTED, Solo5Error, Terminated, UsageError
from solo5.options import Parser

#: As a shell reports a program that wrote into a closed pipe (128 + SIGPIPE).
_BROKEN_PIPE: Final = 141
_BUG: Final = 70
"""EX_SOFTWARE of sysexits.h: an error of ours, not of the user."""


def _doctor(words: Sequence[str]) -> int:
    """Say what this machine has and lacks, and the command that mends it."""
    from solo5 import doctor  # noqa: PLC0415

    return doctor.main(words)


def _build(words: Sequence[str]) -> int:
    """Build architectures."""
    from solo5 import needs  # noqa: PLC0415
    from solo5.build import build, build_native, install  # noqa: PLC0415
    from solo5.env import session  # noqa: PLC0415
    from solo5.facts import tree  # noqa: PLC0415

    parser = Parser("solo5 build", "Build library, tenders and test guests of architectures.")
    names = parser.add_argument("arch", nargs="*", metavar="ARCH", help="one of the tree's; none: all of them")
    options.complete(names, lambda: tree().arch_names)
    parser.add_argument("--native", action="store_true", help="build what Python loads here, and what ARCH names")
    parser.add_argument("--prefix", type=Path, help="install what ARCH builds there: the toolchain and tenders")
    _add_toolchain(parser)
    session.add_option(parser)
    asked = parser.parse_args(words)
    of = tree()
    chosen = asked.arch or (() if asked.native else of.arch_names)
    archs = [of.arch(name) for name in chosen]
    if asked.prefix is not None and len(archs) != 1:
        message = (
            f"build --prefix {asked.prefix}: one ARCH expected, since tenders of different ones have the same name"
        )
        raise UsageError(message)
    needed = needs.needed(archs, of, run=False, native=asked.native, build=asked.toolchain)
    if session.environment(needed, asked.env) == "container":
        if asked.prefix is not None:
            message = "build --prefix: a container cannot install here; build on the host: --env host"
            raise UsageError(message)
        return session.in_container(["build", *words], of)
    needs.require(archs, run=False, native=asked.native, build=asked.toolchain, at=of)
    for arch in archs:
        if asked.prefix is None:
            print(f"{arch.name}: {build(arch, toolchain=asked.toolchain, at=of).dir}")
        else:
            install(arch, asked.prefix, toolchain=asked.toolchain, at=of)
            print(f"{arch.name}: {asked.prefix}")
    if asked.native:
        print(f"native: {build_native(at=of)}")
    return 0


def _matrix(words: Sequence[str]) -> int:
    """Build and run every case in every cell, and show the parity table."""
    from solo5 import needs  # noqa: PLC0415
    from solo5.env import session  # noqa: PLC0415
    from solo5.facts import tree  # noqa: PLC0415
    from solo5.matrix.flow import Request, make_plan, run  # noqa: PLC0415
    from solo5.matrix.repeat import Asked  # noqa: PLC0415

    own, after = _split(words)
    parser = Parser(
        "solo5 matrix",
        "Build and test every cell that exists. Other options go to pytest, as --case NAME, -k, -x, -n; "
        "so does all that follows --.",
    )
    cell = parser.add_argument("--cell", action="append", default=[], help="only this one, as in spt-ARCH (repeatable)")
    options.complete(cell, lambda: map(str, tree().cells()))
    parser.add_argument("--place", choices=["host", "vm"], help="run there instead of in the best place")
    parser.add_argument("--full", action="store_true", help="the soak too, which takes minutes")
    parser.add_argument("--no-snapshots", action="store_true", help="boot machines, as SOLO5_SNAPSHOTS=0 does always")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of the table")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done")
    parser.add_argument("--plain", action="store_true", help="lines instead of the board, also on a terminal")
    parser.add_argument("--no-cache", action="store_true", help="run also what passed before; always so in CI")
    _add_toolchain(parser)
    session.add_option(parser)
    asked, others = parser.parse_known(own)
    request = Request(
        cells=tuple(asked.cell),
        asked=Asked(asked.toolchain, asked.place),
        full=asked.full,
        snapshots=not asked.no_snapshots,
        as_json=asked.json,
        dry_run=asked.dry_run,
        plain=asked.plain,
        cache=not (asked.no_cache or os.environ.get("CI")),
        pytest_words=(*others, *after),
    )
    of = tree()
    archs = make_plan(request, of).archs
    if session.environment(needs.needed(archs, of, build=asked.toolchain), asked.env) == "container":
        return session.in_container(["matrix", *words], of)
    return run(request)


def _explain(words: Sequence[str]) -> int:
    """Say what a job of the matrix is, where it would run, and why."""
    parser = Parser("solo5 explain", "Say what a job of the matrix is, where it would run, and why.")
    job = parser.add_argument("job", metavar="JOB", help="as in hello-spt-ARCH or blk[512]-spt-ARCH")
    options.complete(job, _jobs)
    parser.add_argument("--place", choices=["host", "vm"], help="ask about this place")
    _add_toolchain(parser)
    asked = parser.parse_args(words)

    from solo5.matrix.repeat import Asked  # noqa: PLC0415
    from solo5.run.explain import explain  # noqa: PLC0415

    print(explain(asked.job, Asked(asked.toolchain, asked.place)))
    return 0


def _image(words: Sequence[str]) -> int:
    """Make the image that containers run in."""
    from solo5.env.session import main  # noqa: PLC0415

    return main(words)


def _run(words: Sequence[str]) -> int:
    """Run a unikernel file of any architecture."""
    from solo5.run.single import main  # noqa: PLC0415

    return main(words)


def _shell(words: Sequence[str]) -> int:
    """Open a prompt in an architecture's virtual machine."""
    from solo5.run.shell import main  # noqa: PLC0415

    return main(words)


def _elftool(words: Sequence[str]) -> int:
    """Write and read the notes of unikernel files."""
    from solo5.elf.elftool import main  # noqa: PLC0415

    return main(words)


def _loc(words: Sequence[str]) -> int:
    """Count the code of each tender."""
    from solo5.build.loc import main  # noqa: PLC0415

    return main(words)


def _bench(words: Sequence[str]) -> int:
    """Measure beside plain processes, and beside another installation."""
    from solo5.bench.main import main  # noqa: PLC0415

    return main(words)


def _completion(words: Sequence[str]) -> int:
    """Print what makes bash or zsh complete."""
    return completion.main(words)


Command = Callable[[Sequence[str]], int]

COMMANDS: Final[Mapping[str, Command]] = {
    "doctor": _doctor,
    "build": _build,
    "matrix": _matrix,
    "image": _image,
    "explain": _explain,
    "run": _run,
    "shell": _shell,
    "elftool": _elftool,
    "loc": _loc,
    "bench": _bench,
    "completion": _completion,
}
#: Those that make folders and containers first look for what killed ones left.
_STARTERS: Final = frozenset({"build", "matrix", "image", "run", "shell", "bench"})


def _jobs() -> list[str]:
    """Return the names of all jobs of the matrix."""
    from solo5.facts import tree  # noqa: PLC0415
    from solo5.matrix import cases  # noqa: PLC0415

    return [item.name for item in cases.all_items(tree(), tree().cells(), full=True)]


def _add_toolchain(parser: Parser) -> None:
    """Let a command be told what to build with."""
    from solo5.facts import DEFAULT_COMPILER, tree  # noqa: PLC0415

    known = ", ".join(tree().compiler_names)
    text = f"build with this one of {known} (default: {DEFAULT_COMPILER})"
    option = parser.add_argument("--toolchain", default=DEFAULT_COMPILER, metavar="NAME", help=text)
    options.complete(option, lambda: tree().compiler_names)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part words at the first `--`, which belongs to neither."""
    at = words.index("--") if "--" in words else len(words)
    return list(words[:at]), list(words[at + 1 :])


def _usage() -> str:
    lines = [f"  {name:<10} {command.__doc__}" for name, command in COMMANDS.items()]
    head = "usage: solo5 COMMAND ...\n\nRun unikernels, and the workshop that builds, runs and tests them.\n\n"
    tail = "\n\n`solo5 COMMAND --help` says more. SOLO5_VERBOSE=1 shows every program that is started."
    return head + "\n".join(lines) + tail


def _dispatch(words: Sequence[str]) -> int:
    if options.asked():
        completion.dispatch(COMMANDS)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(_usage())
        return 0 if words else UsageError.exit_status
    name, *rest = words
    if name in {"--version", "-V"}:
        print(f"solo5 {solo5.__version__}")
        return 0
    if name not in COMMANDS:
        message = f"{name}: no such command; known: {', '.join(COMMANDS)}"
        raise UsageError(message)
    if name in _STARTERS:
        from solo5.env import leftovers  # noqa: PLC0415

        leftovers.sweep()
    return COMMANDS[name](rest)


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
    try:
        status = _dispatch(words)
        sys.stdout.flush()
    except Solo5Error as error:
        print(f"solo5: {error}", file=sys.stderr)
        return error.exit_status
    except Terminated as ended:
        return ended.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read has read enough; Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:
        if os.environ.get("SOLO5_VERBOSE", "0") not in {"", "0"}:
            raise
        kind = type(error).__name__
        print(f"solo5: a bug of ours: {kind}: {error}; SOLO5_VERBOSE=1 shows where", file=sys.stderr)
        return _BUG
    return status


if __name__ == "__main__":
    sys.exit(main())
