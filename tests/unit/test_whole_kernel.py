# SPDX-License-Identifier: ISC
"""What can be tried only where the whole kernel is ours: its clock is set, and programs leave real core dumps."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator

import pytest

from solo5 import debian, launch, places
from solo5.agent.job import Job, Outcome, Place
from solo5.builder import build
from solo5.elf.numbers import PF_X
from solo5.elf.runnable import unikernel_of
from solo5.facts import Cell, tree
from solo5.matrix.programs import Programs

_GUESTS = ("secret", "step")
_ARGUMENT = "argument-that-nobody-else-has"
#: As tests/guests/secret makes it.
_SECRET = bytes(0xA5 ^ i for i in range(256))


@pytest.fixture(scope="module", params=tree().cells(), ids=str)
def cell(request: pytest.FixtureRequest) -> Cell:
    """Return each cell."""
    found: Cell = request.param
    return found


@pytest.fixture(scope="module")
def place(cell: Cell) -> Iterator[Place]:
    """Yield a machine with its tenders, /guest and a shell."""
    of = tree()
    built, target = build(of.arch(cell.arch)), of.target(cell.target)
    files = {"busybox": debian.shell(built.arch)}
    files |= {each.name: each for each in launch.of(target, of).variants(built)}
    files |= {f"guest/{name}": Programs(built).guest(name, target) for name in _GUESTS}
    choice = places.choose(places.Needs(built.arch, own_kernel=True))
    opened_place = places.kind(choice.place).open(built.arch, built.agent, files, places.Options())
    with contextlib.closing(opened_place) as opened:
        yield opened


def _text_of(name: str, cell: Cell) -> tuple[bytes, ...]:
    """Return what a guest executes, in pieces of 64 bytes that are not of one value."""
    of = tree()
    path = Programs(build(of.arch(cell.arch))).guest(name, of.target(cell.target))
    content = path.read_bytes()
    text = [each for each in unikernel_of(io.BytesIO(content), of).segments if each.rights & PF_X]
    starts = [at for each in text for at in range(each.file_offset, each.file_offset + each.file_bytes - 64, 64)]
    return tuple(content[at : at + 64] for at in starts if len(set(content[at : at + 64])) > 16)


def _tenders(cell: Cell) -> list[str]:
    of = tree()
    return [each.name for each in launch.of(of.target(cell.target), of).variants(build(of.arch(cell.arch)))]


def _shell(place: Place, script: str, *fetch: str) -> Outcome:
    return place.run(Job(argv=("/busybox", "sh", "-c", script), fetch=fetch, deadline_s=30.0))


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_step_of_the_hosts_clock_is_followed_within_a_second(
    place: Place, cell: Cell, seconds: int, *, stopped: bool
) -> None:
    """Whichever way the host's clock is set, while the tender stands still, too: a second later the guest has it."""
    before, after = ("kill -STOP $pid", "kill -CONT $pid") if stopped else ("", "")
    tender = launch.of(tree().target(cell.target), tree()).program
    outcome = _shell(
        place,
        f"""/busybox truncate -s 512 disk
        /{tender} --mem=2 --block:disk=disk /guest/step {seconds} >said & pid=$!
        until /busybox grep -qs READY said; do :; done
        {before}
        /busybox date -u -s @$(($(/busybox date +%s) + {seconds})) >&2
        printf x | /busybox dd of=disk conv=notrunc 2>&1
        {after}
        wait $pid; s=$?; /busybox cat said; exit $s""",
    )
    assert "status 0" == outcome.describe(), outcome


def test_a_core_dump_of_the_tender_has_nothing_of_its_guests_memory(place: Place, cell: Cell) -> None:
    """What the kernel writes when a tender is killed, even if it is to write all memory, names the tender.

    No secret and no text of the guest is in it, nor arguments that a tender wipes.
    """
    for tender in _tenders(cell):
        outcome = _shell(
            place,
            f"""echo core >/proc/sys/kernel/core_pattern; echo 0 >/proc/sys/kernel/core_uses_pid
            ulimit -c unlimited; echo 0x7f >/proc/self/coredump_filter
            /{tender} --mem=4 /guest/secret {_ARGUMENT} >said & pid=$!
            until /busybox grep -qs READY said; do :; done
            /busybox cat /proc/$pid/cmdline >words
            kill -ABRT $pid; wait $pid""",
            *("core", "words"),
        )
        assert "status 134" == outcome.describe(), outcome
        core = outcome.files["core"]
        assert core.startswith(b"\x7fELF")
        assert tender[:15].encode() in core
        assert _SECRET not in core
        assert (_ARGUMENT.encode() in outcome.files["words"]) == (_ARGUMENT.encode() in core)
        assert all(piece not in core for piece in _text_of("secret", cell))
