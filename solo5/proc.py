# SPDX-License-Identifier: ISC
"""The one place that starts processes, and decides what of the caller's environment they get.

Each command is shown, when asked, as a line that can be pasted into a shell.
A child never outlives this process: the kernel kills it when we die, however
we die (prctl(2), PR_SET_PDEATHSIG, through util-linux' setpriv). Each is the
leader of a process group of its own: a terminal's Ctrl-C is ours alone, and
who ends a child ends what that has started, too.
"""

from __future__ import annotations

import contextlib
import enum
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any, Final

from solo5 import interrupt, progress, scratch
from solo5.errors import DeadlineError, Solo5Error, ToolMissingError

Argv = Sequence[str | Path]
#: What starts every program.
BINDER: Final = "setpriv"
#: Status of a program that setpriv could not find.
_NOT_FOUND = 127
#: How often a wait for threads looks whether a signal came.
_LOOK_S = 0.1
#: So long may a program take to end when it is asked to: compilers, apt and pip then remove what they made.
_GRACE_S: Final = 2.0
Completed = subprocess.CompletedProcess[bytes]

#: Where programs, their libraries, and files of the user's and temporary ones are.
_PLACES: Final = ("PATH", "LD_LIBRARY_PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP")
#: How the network is reached, and whom there one believes; pip's settings are variables named as its options are.
_PROXIES: Final = tuple(
    name for scheme in ("http", "https", "ftp", "all", "no") for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper())
)
_TRUST: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_SOURCES: Final = (
    "APT_CONFIG",
    *(f"PIP_{name}" for name in ("CONFIG_FILE", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX")),
    *(f"PIP_{name}" for name in ("PROXY", "TRUSTED_HOST", "CERT", "CLIENT_CERT", "DEFAULT_TIMEOUT", "RETRIES")),
)
_NETWORK: Final = (*_PROXIES, *_TRUST, *_SOURCES)
#: Where people read, and how.
_READERS: Final = ("TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CI")
_ENGINES: Final = ("DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "XDG_RUNTIME_DIR")
#: Begins the names of our own (docs/decisions.md).
_OURS: Final = "SOLO5_"


class Kind(enum.Enum):
    """What a program is, which decides what it gets of the caller's environment besides where things are."""

    # No tuples: of an empty one, an enumeration of Python 3.11.2 makes another value.
    TOOL = frozenset[str]()
    """What it does depends on words and files alone: a compiler, Meson, an emulator."""
    FETCHER = frozenset(_NETWORK)
    """Fetches what others compare with a hash or a signature: apt, pip."""
    OURS = frozenset((*_NETWORK, *_READERS, *_ENGINES))
    """This package's own, in a process of its own: pytest with the matrix' plugin. Variables of ours reach it, too."""


class Group:
    """Programs that threads run for one purpose, and that can be ended together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._ended = threading.Event()

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """Let the programs that this thread runs in the block, with `run`, belong to it."""
        before = _GROUP.set(self)
        try:
            yield
        finally:
            _GROUP.reset(before)

    def end(self) -> None:
        """End what runs, with its children; threads that wait for it, or want to run more, get a KeyboardInterrupt."""
        with self._lock:
            self._ended.set()
            for child in self._children:
                _signal(child, signal.SIGTERM)
            for child in self._children:
                end(child)

    @contextlib.contextmanager
    def child(self, start: Callable[[], subprocess.Popen[bytes]]) -> Iterator[subprocess.Popen[bytes]]:
        """Start a program that belongs to it in the block."""
        with self._lock:
            self._demand_going_on()
            child = start()
            self._children.add(child)
        try:
            with child:
                yield child
        finally:
            with self._lock:
                self._children.discard(child)
        self._demand_going_on()

    def pause(self, seconds: float) -> None:
        """Wait so long, or until it is ended: that is a KeyboardInterrupt."""
        self._ended.wait(seconds)
        self._demand_going_on()

    def _demand_going_on(self) -> None:
        if self._ended.is_set():
            raise KeyboardInterrupt


#: What this thread runs programs for, if that can be ended.
_GROUP: ContextVar[Group | None] = ContextVar("_GROUP", default=None)


def pause(seconds: float) -> None:
    """Wait so long. Whoever ends what this thread runs programs for, ends the wait, too, with a KeyboardInterrupt."""
    group = _GROUP.get()
    if group is None:
        with interrupt.waiting():
            time.sleep(seconds)
    else:
        group.pause(seconds)


def side_by_side(works: Sequence[Callable[[], None]]) -> None:
    """Do works, each in a thread; when all are done, raise the error of the first that has one.

    Whatever ends the wait before, as Ctrl-C does, ends the programs that they
    run, and with them the works.
    """
    group = Group()
    errors: dict[int, BaseException] = {}
    begun, ended = set[int](), set[int]()
    wakes = queue.SimpleQueue[None]()

    def do(number: int, work: Callable[[], None]) -> None:
        try:
            with group.joined():
                work()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            errors[number] = error
        ended.add(number)
        wakes.put(None)

    def join() -> None:
        while begun - ended:
            # A signal that comes right before the wait is seen only after it.
            with interrupt.waiting(), contextlib.suppress(queue.Empty):
                wakes.get(timeout=_LOOK_S)

    # Neither concurrent.futures nor Thread.join: an exception out of a signal can leave the locks of the one taken for
    # ever, and after it the other takes a thread that works on for one that has ended (Python 3.11).
    try:
        with interrupt.careful():
            for number, work in enumerate(works):
                threading.Thread(target=do, args=(number, work)).start()
                begun.add(number)
            join()
    except BaseException:
        group.end()
        join()
        raise
    for number in sorted(errors):
        raise errors[number]


def line(argv: Argv) -> str:
    """Return `argv` as one line for a shell."""
    return shlex.join(str(word) for word in argv)


def _bound(argv: Argv) -> list[str]:
    words = [str(word) for word in argv]
    return [BINDER, "--pdeathsig", "KILL", "--", *words]


def environment(kind: Kind = Kind.TOOL) -> dict[str, str]:
    """Return the environment that programs of a kind start in: names on a list, and one locale for all.

    Not the caller's: compilers, Python, pytest and nox all take settings from
    variables, which would be inputs that nobody sees.
    """
    allowed = {*_PLACES, *kind.value}
    ours = kind is Kind.OURS
    passed = {name: value for name, value in os.environ.items() if name in allowed or (ours and name.startswith(_OURS))}
    if passed.get("NO_COLOR"):
        # Some believe the other one first.
        passed.pop("FORCE_COLOR", None)
    # What they say is read, and their files have any name; UTF-8 has all of them.
    return {**passed, "LC_ALL": "C.UTF-8"}


def _show(argv: Argv, cwd: Path | None) -> None:
    if progress.is_verbose():
        where = f"cd {shlex.quote(str(cwd))} && " if cwd else ""
        print(f"+ {where}{line(argv)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _refusal_told(argv: Argv, cwd: Path | None) -> Iterator[None]:
    """Say in one line why the system does not start a program in the block."""
    try:
        yield
    except OSError as cause:
        # Python names the folder if that is what there is no way into.
        if cwd is not None and cause.filename in (cwd, str(cwd)):
            message = f"{cwd}: {cause.strerror}: {argv[0]} cannot be run in this folder"
        elif isinstance(cause, FileNotFoundError):
            message = f"{BINDER}: not found; install it: apt-get install util-linux"
        else:
            message = f"{argv[0]}: cannot be started: {cause.strerror}"
        raise ToolMissingError(message) from cause


def run(  # noqa: PLR0913 - what can be said of a process
    argv: Argv,
    *,
    kind: Kind = Kind.TOOL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    capture: bool = True,
    deadline_s: float | None = None,
    error: type[Solo5Error] | None = None,
    tidy: bool = False,
) -> Completed:
    """Run a program to its end.

    With `tidy`, it has a folder of its own for temporary files, which goes
    with it: one that is ended may have had no time to remove them.

    `env` is added to the environment of its kind. With `capture`, stdout and
    stderr are in the result as bytes, else they go where ours go. With
    `error`, a status other than 0 raises it, with the last line that the
    program wrote. Raises ToolMissingError if there is no such program or folder,
    and DeadlineError after `deadline_s` seconds (the program is killed).
    """
    if tidy:
        with scratch.folder("run") as temporary:
            more = {**(env or {}), "TMPDIR": str(temporary)}
            return run(
                argv, kind=kind, cwd=cwd, env=more, stdin=stdin, capture=capture, deadline_s=deadline_s, error=error
            )
    _show(argv, cwd)
    group = _GROUP.get()

    def start() -> subprocess.Popen[bytes]:
        with _refusal_told(argv, cwd):
            return subprocess.Popen(
                _bound(argv),
                cwd=cwd,
                env={**environment(kind), **(env or {})},
                stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE if capture else None,
                stderr=subprocess.PIPE if capture else None,
                process_group=0,
            )

    try:
        with start() if group is None else group.child(start) as child:
            done = _finish(child, stdin, deadline_s)
    except subprocess.TimeoutExpired as cause:
        message = f"{argv[0]}: not done after {deadline_s} s: {line(argv)}"
        raise DeadlineError(message) from cause
    if done.returncode == _NOT_FOUND and b"setpriv: failed to execute" in (done.stderr or b""):
        message = f"{argv[0]}: no such program; `solo5 doctor` says what to install"
        raise ToolMissingError(message)
    if error is not None and done.returncode != 0:
        said = (done.stderr or b"").strip() or (done.stdout or b"").strip()
        last = said.decode(errors="replace").splitlines()[-1:] or ["(no output)"]
        message = f"{Path(argv[0]).name}: status {done.returncode}: {last[0]}; to repeat: {line(argv)}"
        raise error(message)
    return done


def _finish(child: subprocess.Popen[bytes], stdin: bytes | None, deadline_s: float | None) -> Completed:
    """Wait for a program's end. Whatever ends the wait before ends it."""
    try:
        with interrupt.waiting():
            stdout, stderr = child.communicate(stdin, timeout=deadline_s)
    except BaseException:
        end(child)
        raise
    return Completed(child.args, child.returncode, stdout, stderr)


def wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the end of a program that was spawned, and return its status."""
    with interrupt.waiting():
        return child.wait()


def end(child: subprocess.Popen[bytes], ask: signal.Signals = signal.SIGTERM, grace_s: float = _GRACE_S) -> None:
    """Ask a program, and all that it has started, to end; kill what is left after `grace_s` seconds."""
    with interrupt.undisturbed():
        if child.poll() is None:
            _signal(child, ask)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(grace_s)
        _signal(child, signal.SIGKILL)
        child.wait()


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # Its group may be there no more, or hold only what another user runs.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def spawn(  # noqa: PLR0913 - the same
    argv: Argv,
    *,
    kind: Kind = Kind.TOOL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: int | IO[Any] = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program and return it; the caller waits for it, or ends it."""
    _show(argv, cwd)
    with _refusal_told(argv, cwd):
        return subprocess.Popen(
            _bound(argv),
            cwd=cwd,
            env={**environment(kind), **(env or {})},
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            process_group=0,
        )
