# SPDX-License-Identifier: ISC
"""Places, this host and a virtual machine alike: how programs end is seen, and nothing of a job survives it."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from solo5 import places
from solo5.agent.job import Job, Outcome, Place, Tap, Truncation, Window
from solo5.agent.output import MOST_BYTES
from solo5.builder import Built, build
from solo5.facts import Arch, tree
from solo5.matrix.programs import Programs
from solo5.places import Needs

_PROBE = "/probe"


def _arch_of(kind: str) -> Arch:
    """Return an architecture whose jobs the kind takes, another's than this host's if it can."""
    archs = sorted(tree().archs(), key=lambda arch: arch.is_host)
    obstacles = {arch: places.kind(kind).obstacle(Needs(arch)) for arch in archs}
    if all(obstacles.values()):
        pytest.skip(f"{kind}: {obstacles[archs[-1]]}")
    return next(arch for arch in archs if obstacles[arch] is None)


@pytest.fixture(scope="module", params=places.names())
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Yield each kind of place, with the probe in it."""
    arch = _arch_of(request.param)
    built: Built = build(arch)
    files: dict[str, Path | bytes] = {_PROBE: Programs(built).probe, "data/text": b"content"}
    with contextlib.closing(places.kind(request.param).open(arch, built.agent, files, places.Options())) as opened:
        assert request.param == opened.name
        yield opened


def _run(place: Place, *words: str, **rest: object) -> Outcome:
    return place.run(Job(argv=(_PROBE, *words), **rest))  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [0, 1, 42, 255])
def test_a_status_is_seen(place: Place, status: int) -> None:
    """The program's own exit status comes back."""
    assert f"status {status}" == _run(place, "exit", str(status)).describe()


@pytest.mark.parametrize("address", [0x0, 0x8, 0x7000_0000])
def test_a_fault_has_its_address(place: Place, address: int) -> None:
    """A touched address is named, with the signal."""
    outcome = _run(place, "fault", hex(address))
    assert ("SIGSEGV", address) == (outcome.signal, outcome.address)


def test_a_refused_system_call_has_its_name(place: Place) -> None:
    """Of a process that its own filter kills, the call is named, though nobody was told."""
    outcome = _run(place, "refused")
    assert ("SIGSYS", "getppid") == (outcome.signal, outcome.syscall)


def test_a_program_that_is_not_there_is_the_jobs_failure(place: Place) -> None:
    """127 and a line, as a shell has it; the place goes on."""
    outcome = place.run(Job(argv=("/nothing",)))
    assert "status 127" == outcome.describe()
    assert b"/nothing" in outcome.stderr


def test_nothing_survives_a_deadline(place: Place) -> None:
    """A hanging program and its children, in sessions of their own, are gone when the next job looks."""
    taps, blanks = (Tap("tap0"), Tap("tap1", as_fd=True)), {"big": 1 << 20}
    hung = _run(place, "hang", deadline_s=0.3, taps=taps, blanks=blanks)
    assert hung.timed_out
    assert "timed out" == hung.describe()
    # solo5-init and the probe itself; an empty folder; no tap.
    assert b"processes 2 files 0 interfaces 0\n" == _run(place, "see").stdout


def test_a_job_sees_its_files_and_taps_and_no_others(place: Place) -> None:
    """What a job asks for is there: contents, holes, taps; and the place's own files in each job."""
    outcome = _run(place, "see", files={"a": b"1"}, blanks={"b": 1 << 30}, taps=(Tap("tap0"),), fetch=("a", "b2"))
    assert b"processes 2 files 2 interfaces 1\n" == outcome.stdout
    assert {"a": b"1"} == dict(outcome.files)


def test_output_comes_whole_and_while_the_program_runs(place: Place) -> None:
    """Three MiB arrive, in pieces, and the pieces are those of the result."""
    pieces: list[bytes] = []

    def take(stream: str, piece: bytes) -> None:
        assert "stdout" == stream
        pieces.append(piece)

    outcome = place.run(Job(argv=(_PROBE, "flood", str(3 << 20))), take)
    assert 3 << 20 == len(outcome.stdout)
    assert outcome.stdout == b"".join(pieces)
    assert len(pieces) > 1


def _peak_kib() -> int:
    """Return the most memory that this process has had since `_forget_peak` (proc(5), status)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def test_much_output_costs_little_memory(place: Place) -> None:
    """Of 64 MiB we hold what is kept, some copies of it, and no more; all of it is counted, and passed on."""
    size, seen = 64 << 20, 0

    def take(stream: str, piece: bytes) -> None:
        nonlocal seen
        assert "stdout" == stream
        seen += len(piece)

    # Forgets what was the most so far (proc(5), clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak_kib()
    outcome = place.run(Job(argv=(_PROBE, "flood", str(size)), deadline_s=100), take)
    assert _peak_kib() - before < 5 * MOST_BYTES >> 10
    assert ("status 0", size, size) == (outcome.describe(), outcome.written("stdout"), seen)
    assert {"stdout": size - MOST_BYTES} == outcome.left_out
    assert len(outcome.stdout) < MOST_BYTES + 100


def test_a_folder_has_the_room_it_was_given(place: Place) -> None:
    """A job that fills its folder gets ENOSPC, and harms nobody else."""
    assert b"No space left on device\n" == _run(place, "fill", "file", folder_bytes=1 << 20).stdout
    assert b"processes 2 files 0 interfaces 0\n" == _run(place, "see").stdout


def test_a_file_is_cut_when_the_program_has_spoken(place: Place) -> None:
    """The truncation happens after the text, while the program runs."""
    cut = Truncation(text="READY", path="file")
    outcome = _run(place, "tell", "file", "0", blanks={"file": 4096}, truncation=cut)
    assert ("status 0", b"READY\nseen\n") == (outcome.describe(), outcome.stdout)


@pytest.mark.parametrize(("sink", "status"), [("full", 1), ("closed", 1), ("pipe", 0)])
def test_a_sink_is_what_the_job_says(place: Place, sink: str, status: int) -> None:
    """Standard output is a pipe, a device without room, or no descriptor at all."""
    assert f"status {status}" == _run(place, "flood", "10", stdout=sink).describe()


def test_the_peer_is_a_part_of_the_job(place: Place) -> None:
    """A second program runs beside the first, and its status and words come back apart."""
    outcome = _run(place, "exit", "3", peer=(_PROBE, "see"))
    assert (3, 0) == (outcome.status, outcome.peer_status)
    assert re.fullmatch(rb"processes [23] files 0 interfaces 0\n", outcome.peer_output)


def test_a_peer_that_fails_ends_the_job_soon(place: Place) -> None:
    """The job does not wait for its deadline once its peer has given up."""
    outcome = _run(place, "hang", peer=(_PROBE, "exit", "9"), deadline_s=30)
    assert outcome.timed_out
    assert 9 == outcome.peer_status
    assert outcome.seconds < 20


class _Typed:
    """Brings a job what is in a file, in pieces, once the job has said a line; a Source."""

    def __init__(self, content: bytes, *, after_output: bool = False) -> None:
        self._waits = after_output
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as we do
        self._file.write(content)
        self._file.seek(0)
        self._ended = False

    def fds(self, *, more: bool) -> list[int]:
        return [self._file.fileno()] if more and not self._ended and not self._waits else []

    def take(self, fd: int) -> bytes:
        piece = os.read(fd, 100_000)
        self._ended = not piece
        return piece

    def heard(self, stream: str, piece: bytes) -> None:
        """Take what the job says."""
        assert "stdout" == stream
        self._waits = self._waits and not piece.endswith(b"\n")


def test_a_job_reads_nothing_unless_it_says_so(place: Place) -> None:
    """Standard input is empty, whatever ours is."""
    assert b"0 bytes\n" == _run(place, "input").stdout


@pytest.mark.parametrize("size", [0, 1, 3 << 20])
def test_a_pipe_brings_all_and_then_its_end(place: Place, size: int) -> None:
    """More than pipes and wires hold comes through whole."""
    job = Job(argv=(_PROBE, "input"), stdin="pipe")
    assert f"{size} bytes\n".encode() == place.run(job, source=_Typed(bytes(size))).stdout


def test_input_that_nobody_reads_stops_nothing(place: Place) -> None:
    """A program that writes much and reads nothing ends as ever, with a mass of input before its door."""
    job = Job(argv=(_PROBE, "flood", str(3 << 20)), stdin="pipe")
    assert 3 << 20 == len(place.run(job, source=_Typed(bytes(3 << 20))).stdout)
    assert "status 0" == _run(place, "exit", "0").describe()


def test_a_terminal_has_a_size_and_an_end(place: Place) -> None:
    """The program sees a terminal; Ctrl-D ends its input."""
    job = Job(argv=(_PROBE, "input"), stdin=Window(24, 80))
    source = _Typed(b"one\n\4", after_output=True)
    assert b"terminal 24 x 80\r\none\r\n4 bytes\r\n" == place.run(job, source.heard, source).stdout


def test_keys_of_a_terminal_are_signals(place: Place) -> None:
    """Ctrl-C reaches the program, since the terminal is its own."""
    job = Job(argv=(_PROBE, "input"), stdin=Window(24, 80))
    source = _Typed(b"\3", after_output=True)
    assert "SIGINT" == place.run(job, source.heard, source).signal
