# SPDX-License-Identifier: ISC
"""What is measured: each measurement as the jobs of all who take part.

A contestant is an installation (ours, a peer's) or the plain process that
makes the same system calls, the limit; behind the cheapest filter that there
can be, it is the floor of all that is sandboxed. Nothing runs here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from solo5 import shown
from solo5.agent.job import Job, Outcome, Tap
from solo5.errors import GuestError

#: Where files of ours are in a place: in a folder that no installation's own path begins with.
FOLDER: Final = "/solo5-bench"
PLAIN: Final = f"{FOLDER}/plain"
PEER: Final = f"{FOLDER}/far-end"

BLOCK_SIZES: Final = (512, 4096, 32768)
WINDOWS: Final = (1, 64)
IMAGE_BYTES: Final = 8 << 20
FRAME_BYTES: Final = 1514

_HELLO_OPTIONS: Final = ("--mem=2",)
_TIME: Final = re.compile(rb"^ns (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Contestant:
    """One who takes turns: a tender, and the guests that it runs."""

    name: str
    tender: str
    """Place of the tender; empty: the plain process."""
    hello: str = ""
    bench: str = ""
    filter: str = ""
    """The plain process, behind a system call filter that lets everything pass (a word of tests/bench/plain.c)."""
    may_fail: bool = False
    """Whether the others go on without it where it fails: what another installation cannot do is no error of ours."""

    @property
    def is_plain(self) -> bool:
        """Tell whether it is the plain process."""
        return not self.tender


@dataclass(frozen=True)
class Measurement:
    """One figure. `target` is the most that ours may take of `limit`."""

    name: str
    unit: str
    count: int
    """Operations in one turn."""
    kind: Literal["spawn", "loop", "net"]
    words: tuple[str, ...]
    target: float
    against: str
    """The contestant that the target is a ratio to."""
    block_size: int = 512
    window: int = 0


def hello(count: int) -> Measurement:
    """Return the one of starting `count` times, which is of interest on every target."""
    return Measurement("hello, start to exit", "us", count, "spawn", ("hello",), 0.5, "peer")


def measurements() -> tuple[Measurement, ...]:
    """Return all of them, with the targets of "Numbers to reach"."""
    clock = Measurement("clock_monotonic", "ns", 2_000_000, "loop", ("clock",), 1.1, "looking")
    past = Measurement("yield, past deadline", "ns", 200_000, "loop", ("yield",), 1.15, "looking")
    blocks = tuple(
        Measurement(
            f"block {verb}, {size} bytes",
            "ns",
            100_000 if size < BLOCK_SIZES[-1] else 20_000,
            "loop",
            (verb,),
            1.1,
            "looking",
            block_size=size,
        )
        for verb in ("read", "write")
        for size in BLOCK_SIZES
    )
    nets = tuple(
        Measurement(
            f"net echo, window {window}",
            "ns",
            20_000 if window > 1 else 5_000,
            "net",
            ("net",),
            1.1,
            "plain",
            window=window,
        )
        for window in WINDOWS
    )
    return (hello(200), clock, past, *blocks, *nets)


def trial(who: Contestant) -> Job:
    """Return what shows whether a contestant with a tender runs anything: one hello."""
    return Job(argv=(who.tender, *_HELLO_OPTIONS, who.hello), deadline_s=30)


def job(what: Measurement, who: Contestant) -> Job:
    """Return one turn."""
    taps = (Tap("service"),)
    blanks = {"disk": IMAGE_BYTES}
    count = str(what.count)
    plain = (PLAIN, who.filter) if who.filter else (PLAIN,)
    if what.kind == "spawn":
        program = (*plain, "hello") if who.is_plain else (who.tender, *_HELLO_OPTIONS, who.hello)
        return Job(argv=(PLAIN, "spawn", count, *program), deadline_s=60)
    peer = (PEER, "echo", "{tap:service}", "{tap:service}", count, str(what.window), *(2 * (str(FRAME_BYTES),)))
    if who.is_plain:
        devices = {"read": ("disk", str(what.block_size)), "write": ("disk", str(what.block_size))}
        rest = ("net", "{tap:service}") if what.kind == "net" else (*what.words, count)
        argv = (*plain, *rest, *devices.get(what.words[0], ()))
    else:
        # Some tenders do not know it; all have this default.
        size = () if what.block_size == BLOCK_SIZES[0] else (f"--block-sector-size:disk={what.block_size}",)
        argv = (
            who.tender,
            "--block:disk=disk",
            *size,
            "--net:service={tap:service}",
            who.bench,
            "--solo5:quiet",
            *what.words,
            count,
        )
    return Job(
        argv=argv,
        taps=taps,
        blanks=blanks,
        peer=peer if what.kind == "net" else (),
        deadline_s=120,
    )


def per_operation(what: Measurement, who: Contestant, outcome: Outcome) -> float:
    """Return the time of one operation in the measurement's unit.

    Raises GuestError if the turn did not end well.
    """
    said = outcome.peer_output if what.kind == "net" else outcome.stdout
    found = _TIME.search(said)
    if outcome.status != 0 or outcome.peer_status not in {None, 0} or found is None:
        message = f"{what.name}, {who.name}: {ended(outcome)}"
        raise GuestError(message)
    time_ns = float(found[1])
    return time_ns / 1000 if what.kind == "spawn" else time_ns / what.count


def ended(outcome: Outcome) -> str:
    """Say in one line how a job ended, and the last that it wrote."""
    last = shown.last_line(outcome.stderr or outcome.peer_output or outcome.stdout) or "(no output)"
    return f"{outcome.describe()}: {last}"
