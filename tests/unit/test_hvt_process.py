# SPDX-License-Identifier: ISC
"""solo5-hvt as a process: what ends it from outside, and how little it leaves its guest for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from solo5 import debian, launch, places
from solo5.agent.job import Job, Outcome, Place
from solo5.bench import exits, plan
from solo5.bench.plan import Contestant
from solo5.builder import Built, build
from solo5.facts import Arch, tree
from solo5.matrix.programs import Programs

_TARGET = tree().target("hvt")
_ARCHS = [tree().arch(cell.arch) for cell in tree().cells() if cell.target == _TARGET.name]
_GUESTS = ("spin", "hello", "ssp", "bench")


@pytest.fixture(scope="module", params=_ARCHS, ids=lambda arch: arch.name)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Yield a place of each architecture with tender, guests and a shell."""
    arch: Arch = request.param
    built: Built = build(arch)
    launcher = launch.of(_TARGET, tree())
    files = {"hvt": launcher.program_in(built), "busybox": debian.shell(arch), plan.PEER: Programs(built).peer}
    files["caller"] = Programs(built).caller
    files |= {f"guest/{name}": Programs(built).guest(name, _TARGET) for name in _GUESTS}
    choice = places.choose(launcher.needs(built))
    opened_place = places.kind(choice.place).open(arch, built.agent, files, places.Options())
    with contextlib.closing(opened_place) as opened:
        yield opened


def _shell(place: Place, script: str) -> Outcome:
    return place.run(Job(argv=("/busybox", "sh", "-c", script)))


@pytest.mark.parametrize("how", ["spin", "sleep"])
@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_a_signal_ends_it_with_one_line(place: Place, signal: str, how: str) -> None:
    """SIGTERM and SIGINT end a guest that spins or sleeps: one line, status 1."""
    # A shell would have its job in the background ignore SIGINT.
    caller = ("/caller", "signalling", "READY", f"SIG{signal}", "--")
    outcome = place.run(Job(argv=(*caller, "/hvt", "/guest/spin", how)))
    assert ("status 1", f"solo5-hvt: ended by SIG{signal}\n") == (outcome.describe(), outcome.stderr.decode())


def test_hello_leaves_its_guest_at_most_eight_times(place: Place) -> None:
    """One exit asks for the time of day, one is for each console write, one for the end."""
    assert 2 <= exits.count(place, Job(argv=("/hvt", "/guest/hello"))) <= 8


def test_each_operation_is_one_exit_and_the_clock_none(place: Place) -> None:
    """As the bench counts them; a frame that is echoed is read, written and waited for."""
    who = Contestant("ours", "/hvt", "/guest/hello", "/guest/bench")
    rows = exits.take(place, exits.OPERATIONS, [who], lambda _row: None)
    found = {row.name: row.exits["ours"] for row in rows}
    assert 0 == found.pop("clock_monotonic")
    assert 8 >= found.pop("hello, start to exit")
    assert 4 >= found.pop("net frame, echoed")
    assert {1.0} == set(found.values())


def test_the_stack_guard_differs_from_run_to_run(place: Place) -> None:
    """A guard learnt from one run says nothing of the next."""
    runs = [_shell(place, "/hvt /guest/ssp --solo5:quiet guard").stdout.splitlines()[0] for _ in range(3)]
    assert 3 == len(set(runs))


def test_hello_runs_in_two_mebibytes(place: Place) -> None:
    """Devices that are not there take no memory."""
    outcome = _shell(place, "/hvt --mem=2 /guest/hello")
    assert ("status 0", "") == (outcome.describe(), outcome.stderr.decode())


def test_a_guest_may_have_four_gibibytes_and_no_more(place: Place) -> None:
    """The whole space of 32 bits can be memory; the tender says so where it ends."""
    assert "status 0" == _shell(place, "/hvt --mem=4096 /guest/hello").describe()
    refused = _shell(place, "/hvt --mem=4097 /guest/hello")
    assert ("status 1", 1) == (refused.describe(), len(refused.stderr.splitlines()))


def test_without_a_hypervisor_one_line_says_what_to_do(place: Place) -> None:
    """The device is named, and what makes it come."""
    script = "/busybox mount -t tmpfs none /dev; /hvt /guest/hello; s=$?; /busybox umount /dev; exit $s"
    outcome = _shell(place, script)
    expected = "solo5-hvt: /dev/kvm: No such file or directory; load the kernel's kvm module"
    assert "status 1" == outcome.describe()
    assert outcome.stderr.decode().startswith(expected)
    assert 1 == len(outcome.stderr.splitlines())
