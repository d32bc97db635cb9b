# SPDX-License-Identifier: ISC
"""How often a guest of a hypervisor leaves it for its tender, by operation.

The kernel counts: its tracing notes each return to the program that runs a
processor (event kvm_userspace_exit, kernel Documentation/trace/events.rst).
Unlike a time, the count is the same under emulation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from solo5.agent.job import Job, Place
from solo5.bench import plan
from solo5.bench.plan import Contestant
from solo5.errors import GuestError

BUSYBOX: Final = "/busybox"
_COUNT: Final = 32
_FRAME_BYTES: Final = 60
_SCRIPT: Final = f"""
{BUSYBOX} mkdir -p /trace
{BUSYBOX} mount -t tracefs trace /trace 2>/dev/null
event=/trace/events/kvm/kvm_userspace_exit/enable
echo >/trace/trace && echo 1 >$event || exit 99
"$@" >&2
status=$?
echo 0 >$event
{BUSYBOX} grep -c kvm_userspace_exit: /trace/trace
exit $status
"""


@dataclass(frozen=True)
class Operation:
    """Something that a guest does, once or in a loop."""

    name: str
    word: str
    """The loop's, of the guest `bench`; empty: all of hello."""


OPERATIONS: Final = (
    Operation("hello, start to exit", ""),
    Operation("console write", "console"),
    Operation("clock_monotonic", "clock"),
    Operation("yield, past deadline", "yield"),
    Operation("block read", "read"),
    Operation("block write", "write"),
    Operation("net frame, echoed", "net"),
)


def count(place: Place, job: Job) -> int:
    """Run a job and return its exits. Raises GuestError if it did not end with status 0.

    The place has busybox, and a kernel that traces.
    """
    outcome = place.run(dataclasses.replace(job, argv=(BUSYBOX, "sh", "-c", _SCRIPT, "sh", *job.argv)))
    if outcome.status != 0 or outcome.peer_status not in {None, 0} or not outcome.stdout.strip().isdigit():
        message = f"exits of {' '.join(job.argv)}: {plan.ended(outcome)}"
        raise GuestError(message)
    return int(outcome.stdout)


def per_operation(what: Operation, who: Contestant, place: Place) -> float:
    """Return the exits of one operation: of a loop, what twice as many cost more."""
    if not what.word:
        return count(place, Job(argv=(who.tender, who.hello)))
    once, twice = (count(place, _loop(what, who, times * _COUNT)) for times in (1, 2))
    return (twice - once) / _COUNT


def _loop(what: Operation, who: Contestant, times: int) -> Job:
    kind: Literal["loop", "net"] = "net" if what.word == "net" else "loop"
    measured = plan.Measurement(what.name, "", times, kind, (what.word,), 0, "", window=1)
    job = plan.job(measured, who)
    if job.peer:
        frame = 2 * (str(_FRAME_BYTES),)
        job = dataclasses.replace(job, peer=(*job.peer[: -len(frame)], *frame))
    return job


@dataclass(frozen=True)
class Row:
    """The exits of one operation, by contestant."""

    name: str
    exits: Mapping[str, float]
    failed: Mapping[str, str]
    """Who could not do it, and how that ended."""


def take(
    place: Place,
    operations: Iterable[Operation],
    contestants: Sequence[Contestant],
    progress: Callable[[Row], None],
) -> tuple[Row, ...]:
    """Count each operation's exits; `progress` gets each row when it is there.

    Raises GuestError if an operation fails, of a contestant that may not fail.
    """
    rows = []
    for what in operations:
        exits: dict[str, float] = {}
        failed: dict[str, str] = {}
        for who in contestants:
            try:
                exits[who.name] = per_operation(what, who, place)
            except GuestError as cause:
                if not who.may_fail:
                    raise
                failed[who.name] = str(cause)
        row = Row(what.name, exits, failed)
        progress(row)
        rows.append(row)
    return tuple(rows)
