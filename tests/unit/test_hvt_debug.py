# SPDX-License-Identifier: ISC
"""solo5-hvt-debug under the real debugger, and the cores that it writes.

The debugger is on this host, the guest in a machine of its architecture: a
shell there passes the connection on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from solo5 import debian, launch, places, typed
from solo5.agent.job import Job, Outcome, Place
from solo5.builder import Built, build
from solo5.facts import Arch, Cell, tree
from solo5.matrix import cases, jobs
from solo5.matrix.programs import Programs
from solo5.places.vm import emulator

_TARGET = tree().target("hvt")
_ARCHS = [
    tree().arch(cell.arch)
    for cell in tree().cells()
    # An architecture need not have the tender for a debugger.
    if cell.target == _TARGET.name and any((tree().root / "tenders" / "arch" / cell.arch).glob("*_debug.c"))
]
_TENDER = "solo5-hvt-debug"
_DEADLINE_S = 90.0


@dataclass(frozen=True)
class _Words:
    """An architecture's tests/guests/arch/<arch>/debugger.toml."""

    vector_register: str
    """Of 16 bytes, as the debugger calls it."""
    breakpoint_bytes: int
    """Of the instruction that stands for a breakpoint."""


def _words(arch: Arch) -> _Words:
    return typed.read(_Words, tree().checkout.guests / "arch" / arch.name / "debugger.toml")


@pytest.fixture(scope="module")
def gdb() -> str:
    """Return the debugger of all architectures."""
    if shutil.which("gdb-multiarch") is None:
        debian.install(["gdb-multiarch"])
    return "gdb-multiarch"


@pytest.fixture(scope="module", params=_ARCHS, ids=lambda arch: arch.name)
def built(request: pytest.FixtureRequest) -> Built:
    """Return what is built for each architecture."""
    return build(request.param)


@contextlib.contextmanager
def _started(gdb: str, built: Built, guest: str, *commands: str) -> Iterator[subprocess.Popen[str]]:
    """Start the debugger on a guest; what it and the guest say comes as one stream."""
    words = [sys.executable, "-m", "solo5.cli", "shell", built.arch.name, "--", "sh", "-c"]
    # Nobody listens at first. What the guest says must not get among the packets.
    there = (
        f"ip link set lo up; {_TENDER} --gdb {guest}.{_TARGET.name} >&2 & "
        "until nc 127.0.0.1 1234 2>/dev/null; do sleep 0.1; done; wait $!; echo the tender ended with $? >&2"
    )
    file = Programs(built).guest(guest, _TARGET)
    # The debugger asks again, and loses count, if a machine takes longer to start than it waits.
    always = ("set confirm off", "set pagination off", "set width 0", "set remotetimeout 60", f"file {file}")
    every = (*always, f"target remote | {shlex.join([*words, there])}", *commands)
    argv = [gdb, "-q", "-nx", "-batch", *(word for each in every for word in ("-ex", each))]
    env = {**os.environ, "PYTHONPATH": str(tree().root)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def _debug(gdb: str, built: Built, guest: str, *commands: str) -> str:
    """Run the debugger's commands on a guest and return all that was said."""
    with _started(gdb, built, guest, *commands) as process:
        said, _ = process.communicate(timeout=_DEADLINE_S)
    return said


def _in_order(said: str, *patterns: str) -> None:
    """Require that each appears, behind the one before."""
    at = 0
    for pattern in patterns:
        found = re.search(pattern, said[at:], re.MULTILINE)
        assert found is not None, f"{pattern!r} is not in:\n{said[at:]}"
        at += found.end()


def test_breakpoints_steps_registers_and_memory(gdb: str, built: Built) -> None:
    """A breakpoint is hit; stepping moves by one instruction; registers and memory are read and written."""
    said = _debug(
        gdb,
        built,
        "globals",
        "break solo5_app_main",
        "continue",
        "backtrace",
        "set $before = $pc",
        "stepi",
        "print $pc != $before && $pc - $before < 16",
        "print/x initialised",
        "set var initialised = 42",
        "print initialised",
        "set var $sp = $sp - 16",
        "set var $sp = $sp + 16",
        "print/x *(unsigned char *)0x100000 == *(unsigned char *)&solo5_block_acquire",
        "print *(char *)0",
        "delete",
        "set var initialised = 0x0123456789abcdef",
        "continue",
    )
    _in_order(
        said,
        r"^Breakpoint 1, .*solo5_app_main",
        r"^#0 .*solo5_app_main",
        r"^#1 .* start ",
        r"^#2 .* hvt_start ",
        r"= 1$",
        r"= 0x123456789abcdef$",
        r"= 42$",
        r"= 0x1$",
        r"Cannot access memory at address 0x0",
        r"\[Inferior 1 \(Remote target\) exited normally\]",
    )


def test_floating_point_registers_are_the_guests(gdb: str, built: Built) -> None:
    """What is written to a vector register is there when it is read, and the guest goes on with it."""
    vector = f"${_words(built.arch).vector_register}"
    commands = (f"set var {vector} = 0x1122334455667788", f"print/x {vector}", "continue")
    said = _debug(gdb, built, "fpu", "break solo5_app_main", "continue", *commands)
    _in_order(said, r"= 0x1122334455667788$", r"exited normally")


def test_an_abort_stops_where_it_happened(gdb: str, built: Built) -> None:
    """A trap stands still for the debugger, whose backtrace goes through it to the function at fault."""
    said = _debug(gdb, built, "rnow", "continue", "backtrace", "continue")
    _in_order(
        said,
        r"trap: ",
        r"received signal SIGABRT",
        r"^#\d+ .*trap_handle",
        r"^#\d+ +<signal handler called>",
        r"^#\d+ .*solo5_app_main",
        r"^#\d+ .*hvt_start",
        r"exited with code 0377",
    )


def test_a_guest_that_is_not_told_the_counters_frequency_says_so(gdb: str, built: Built) -> None:
    """A tender of the field that does not know it, and says 0, gets one line and an abort, and no trap."""
    commands = ("break hvt_start", "continue", "set var info->cpu_cycle_freq = 0", "continue", "continue")
    said = _debug(gdb, built, "hello", *commands)
    _in_order(
        said,
        r"^Breakpoint 1, hvt_start",
        r"^solo5: ABORT: clock: the frequency of the counter is not known$",
        r"received signal SIGABRT",
        r"exited with code 0377",
    )
    assert "trap" not in said


def test_a_debugger_may_kill_its_guest(gdb: str, built: Built) -> None:
    """The guest goes no further."""
    said = _debug(gdb, built, "hello", "break solo5_app_main", "continue", "kill")
    _in_order(said, r"^Breakpoint 1", r"killed")
    assert "SUCCESS" not in said


def test_a_guest_that_spins_is_interrupted(gdb: str, built: Built) -> None:
    """Ctrl-C in the debugger stops it wherever it is."""
    with _started(gdb, built, "spin", "continue", "backtrace 1", "kill") as process:
        assert process.stdout is not None
        while "READY" not in (line := process.stdout.readline()):
            assert "" != line
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=_DEADLINE_S)
    _in_order(said, r"received signal SIGINT", r"^#0 ", r"killed")


def test_hardware_breakpoints_and_watchpoints(gdb: str, built: Built) -> None:
    """Where emulation carries the processor's debug registers, both stop the guest; elsewhere they do no harm."""
    said = _debug(
        gdb,
        built,
        "globals",
        "hbreak solo5_app_main",
        "continue",
        "watch initialised",
        "continue",
        "delete",
        "continue",
    )
    qemu = emulator.version(emulator.find(built.arch))
    if emulator.at_least(qemu, built.arch.vm.debug_registers):
        _in_order(said, r"^Breakpoint 1, ", r"^Old value = 81985529216486895\nNew value = 0", r"exited normally")
    else:
        _in_order(said, r"SUCCESS", r"exited normally")


@pytest.fixture(scope="module")
def place(built: Built) -> Iterator[Place]:
    """Yield a machine with the tender and some guests."""
    files = {"busybox": debian.shell(built.arch), "caller": Programs(built).caller}
    files |= {each.name: each for each in launch.of(_TARGET, tree()).variants(built)}
    files |= {
        f"guest/{name}": Programs(built).guest(name, _TARGET) for name in ("hello", "rnow", "exit", "signals", "spin")
    }
    choice = places.choose(places.Needs(built.arch, own_kernel=True))
    place = places.kind(choice.place).open(built.arch, built.agent, files, places.Options())
    with contextlib.closing(place) as opened:
        yield opened


#: Waits until the tender listens, then speaks to it. Without acknowledgements, packets are taken as they are.
_SPEAK = """/busybox ip link set lo up; /{tender} --gdb {words} & pid=$!
until /busybox netstat -tln | /busybox grep -q :1234; do :; done
printf '{sent}' | /busybox nc 127.0.0.1 1234 >&2; wait $pid; s=$?; mv core.solo5-hvt.* core 2>/dev/null; exit $s"""
_NO_ACKNOWLEDGEMENTS = "$QStartNoAckMode#b0"


def _speak(place: Place, sent: str, *words: str, fetch: tuple[str, ...] = ()) -> Outcome:
    script = _SPEAK.format(tender=_TENDER, words=shlex.join(words), sent=sent)
    return place.run(Job(argv=("/busybox", "sh", "-c", script), fetch=fetch))


def _talk(place: Place, packets: list[str], *words: str, fetch: tuple[str, ...] = ()) -> tuple[list[str], Outcome]:
    """Send packets as a debugger does; return the answer to each, and how the tender ended."""
    sent = _NO_ACKNOWLEDGEMENTS + "".join(f"${packet}#00" for packet in packets)
    outcome = _speak(place, sent, *words, fetch=fetch)
    _, *answers = re.findall(r"\$([^#]*)#", outcome.stderr.decode())
    return answers, outcome


def _symbol(built: Built, guest: str, name: str) -> int:
    nm = f"{built.arch.compiler.triple}-nm"
    listed = subprocess.run(
        [nm, Programs(built).guest(guest, _TARGET)], capture_output=True, text=True, check=True
    ).stdout
    return int(next(line for line in listed.splitlines() if line.endswith(f" {name}")).split()[0], 16)


def _run(place: Place, *words: str, fetch: str = "core") -> Outcome:
    script = f"/{_TENDER} {shlex.join(words)}; s=$?; mv core.solo5-hvt.* core 2>/dev/null; exit $s"
    return place.run(Job(argv=("/busybox", "sh", "-c", script), fetch=(fetch,)))


@pytest.mark.parametrize(
    ("guest", "args", "frames"),
    [
        ("rnow", (), [r"trap_handle", r"<signal handler called>", r"solo5_app_main", r"hvt_start"]),
        ("exit", ("abort",), [r"solo5_abort", r"solo5_app_main", r"hvt_start"]),
    ],
)
def test_a_core_shows_where_it_ended(  # noqa: PLR0913, PLR0917 - fixtures, and a row of the table
    gdb: str, built: Built, place: Place, tmp_path: Path, guest: str, args: tuple[str, ...], frames: list[str]
) -> None:
    """An abort and a trap each leave a core, whose backtrace the debugger shows; memory is in it."""
    outcome = _run(place, "--mem=4", "--dumpcore=.", f"/guest/{guest}", *args)
    assert "status 255" == outcome.describe()
    assert b"core dumped: ./core.solo5-hvt." in outcome.stderr
    core = tmp_path / "core"
    core.write_bytes(outcome.files["core"])
    commands = ("backtrace", "print/x *(unsigned int *)0x100000 != 0")
    words = (word for each in commands for word in ("-ex", each))
    done = subprocess.run(
        [gdb, "-q", "-nx", "-batch", *words, str(Programs(built).guest(guest, _TARGET)), str(core)],
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=True,
    )
    _in_order(done.stdout, *(rf"^#\d+ .*{frame}" for frame in frames), r"= 0x1$")


def test_a_good_end_leaves_no_core(place: Place) -> None:
    """Only an abort is worth one."""
    outcome = _run(place, "--dumpcore=.", "/guest/hello")
    assert ("status 0", {}) == (outcome.describe(), dict(outcome.files))


def test_a_core_without_room_leaves_nothing(place: Place) -> None:
    """A full disk is one line more, and no half of a core."""
    script = f"/{_TENDER} --mem=4 --dumpcore=. /guest/rnow; s=$?; ls; exit $s"
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script), folder_bytes=16384))
    assert "status 1" == outcome.describe()
    assert outcome.stderr.decode().splitlines()[-1].endswith("No space left on device; no core is left")
    assert b"core" not in outcome.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", ["crash", "exception", "exit", "hypercall"])
def test_a_guest_ends_as_without_a_debugger(built: Built, name: str) -> None:
    """Each case of guests that come to their end is the same under both tenders: status, output, line."""
    launcher = launch.of(_TARGET, tree())
    guest = cases.load_guest(cases.guests_dir(tree()) / name / "cases.toml", tree())
    items = cases.items_of(guest, [Cell(_TARGET.name, built.arch.name)], full=False)
    prepared = {item.name: jobs.prepare(item, _TARGET, launcher, built) for item in items}
    files = {path.lstrip("/"): each for one in prepared.values() for path, each in one.programs.items()}
    files["tender/debug"] = launcher.program_in(built).with_name(_TENDER)
    choice = places.choose(launcher.needs(built))
    with contextlib.closing(places.kind(choice.place).open(built.arch, built.agent, files, places.Options())) as place:
        for title, one in prepared.items():
            plain = dataclasses.replace(one.job, files=one.contents)
            argv = tuple("/tender/debug" if word == f"/tender/{launcher.program}" else word for word in plain.argv)
            wanted, outcome = place.run(plain), place.run(dataclasses.replace(plain, argv=argv))
            line = outcome.stderr.replace(_TENDER.encode(), launcher.program.encode())
            assert (wanted.status, wanted.stderr) == (outcome.status, line), title
            # What registers hold differs from run to run.
            assert re.sub(rb"[0-9a-f]{16}", b"", wanted.stdout) == re.sub(rb"[0-9a-f]{16}", b"", outcome.stdout), title


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--dumpcore=/nowhere", "--dumpcore=/nowhere: no such folder; make it first"),
        ("--gdb-port=0", "--gdb-port=0: a number from 1 to 65535 expected"),
        ("--gdb-port=12x", "--gdb-port=12x: a number from 1 to 65535 expected"),
        ("--gdb-port=70000", "--gdb-port=70000: a number from 1 to 65535 expected"),
        ("--x-exec-heap", "--x-exec-heap: unknown option; see --help"),
    ],
)
def test_wrong_options_are_one_line(place: Place, option: str, said: str) -> None:
    """What the debugging tender alone takes is checked as all else is."""
    outcome = _run(place, option, "/guest/hello")
    assert ("status 1", f"{_TENDER}: {said}\n") == (outcome.describe(), outcome.stderr.decode())


def test_the_debugger_listens_on_loopback_only(place: Place) -> None:
    """Nobody else's machine can connect."""
    script = f"""/busybox ip link set lo up; /{_TENDER} --gdb --gdb-port=4321 /guest/hello 2>/dev/null & pid=$!
    until /busybox netstat -tln | /busybox grep 4321; do :; done; kill $pid"""
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script)))
    assert re.search(rb"127\.0\.0\.1:4321\s", outcome.stdout)
    assert b"0.0.0.0:4321" not in outcome.stdout.replace(b"127.0.0.1:4321", b"")


def test_but_for_the_filter_it_is_as_confined_as_solo5_hvt(place: Place) -> None:
    """While its guest runs it has no capability, and no way to one; a filter it cannot have."""
    outcome = place.run(Job(argv=("/caller", "looking", "READY", "--", f"/{_TENDER}", "/guest/spin", "sleep")))
    said = outcome.stderr.decode()
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert f"\n{name}: {0:016x}\n" in said
    assert "\nNoNewPrivs: 1\nSeccomp: 0\nSeccomp_filters: 0\n" in said
    machine = "anon_inode:kvm-vcpu:0, /dev/kvm, anon_inode:kvm-vm"
    assert f"\nopen: {machine}, anon_inode:[eventpoll], anon_inode:[timerfd]\n" in said


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("+$D#44", 0),
        ("", 0),
        ("$g#67", 0),
        ("$g#00", 0),
        ("$m0,ffffffffffffffff#00$m10000,ffff#00$M100000,4:zz#00$Z0,ffffffffffffffff,1#00$Z9,0,0#00", 0),
        ("$P999=00#00$p-1#00$G00#00$qXfer:features:read:target.xml:ffffffff,ffffffff#00$QStartNoAckMode#00", 0),
        ("nonsense\\0\\1\\2$$$###", 0),
        ("$k#6b", 1),
    ],
)
def test_whatever_a_debugger_says_the_guest_ends_as_it_should(place: Place, sent: str, status: int) -> None:
    """Detached, left, or spoken to in nonsense, it runs on; killed, it ends."""
    outcome = _speak(place, _NO_ACKNOWLEDGEMENTS + sent, "/guest/hello")
    assert f"status {status}" == outcome.describe(), outcome
    assert (b"SUCCESS" in outcome.stdout) == (status == 0)


@pytest.mark.parametrize("first", ["POST / HTTP/1.1\\r\\n\\r\\n", "\\0", "#", "+-+k"])
def test_who_speaks_another_protocol_gets_no_answer(place: Place, first: str) -> None:
    """What a browser sends to a port of this host ends the connection, whatever follows; the guest goes on."""
    outcome = _speak(place, f"{first}$k#6b$?#3f", "/guest/hello")
    assert ("status 0", True) == (outcome.describe(), b"SUCCESS" in outcome.stdout)
    assert b"$" not in outcome.stderr


def test_memory_is_the_programs_wherever_breakpoints_are(built: Built, place: Place) -> None:
    """A range that begins or ends before, in and behind a breakpoint's instruction reads as if there were none."""
    at = _symbol(built, "hello", "solo5_app_main")
    whole = f"m{at - 8:x},18"
    parts = [(first, size) for first in range(-5, 6) for size in (1, 2, 4, 5, 9)]
    asked = [f"m{at + first:x},{size:x}" for first, size in parts]
    answers, outcome = _talk(place, [whole, f"Z0,{at:x},4", f"Z0,{at + 2:x},4", *asked, "D"], "/guest/hello")
    program = bytes.fromhex(answers[0])
    assert ["OK", "OK", *(program[8 + first :][:size].hex() for first, size in parts), "OK"] == answers[1:]
    assert "status 0" == outcome.describe()


def test_a_write_over_a_breakpoint_lasts_and_the_breakpoint_stays(built: Built, place: Place) -> None:
    """What is written around and into one is there while it is set and when it is gone; the guest stops there."""
    at = _symbol(built, "hello", "solo5_app_main")
    read, point = f"m{at:x},8", f"0,{at:x},4"
    before, _ = _talk(place, [read, "D"], "/guest/hello")
    program = before[0]
    other = bytes(byte ^ 0xFF for byte in bytes.fromhex(program)).hex()
    packets = [f"Z{point}", f"M{at:x},8:{other}", read, f"z{point}", read]
    packets += [f"Z{point}", f"M{at:x},1:{program[:2]}", f"M{at + 1:x},7:{program[2:]}", "c", read, "D"]
    answers, outcome = _talk(place, packets, "/guest/hello")
    assert ["OK", "OK", other, "OK", other, "OK", "OK", "OK", "T05thread:1;swbreak:;", program, "OK"] == answers
    assert ("status 0", True) == (outcome.describe(), b"SUCCESS" in outcome.stdout)


def test_a_binary_write_over_a_breakpoint_lasts(built: Built, place: Place) -> None:
    """Packet X writes any byte, escaped ones and zeroes too; one that is too short or too long writes nothing."""
    at = _symbol(built, "hello", "solo5_app_main")
    other = b"#$}\0{A"
    content = "".join(f"\\{byte:03o}" for byte in b"}\x03}\x04}]\0{A")
    tried = [f"X{at:x},0:", f"X{at:x},6:{content}", f"X{at:x},7:{content}", f"X{at:x},5:{content}", f"X{at:x},1:}}"]
    packets = [f"Z0,{at:x},4", *tried, f"m{at:x},6", f"z0,{at:x},4", f"m{at:x},6", "D"]
    answers, _ = _talk(place, packets, "/guest/hello")
    assert ["OK", "OK", "OK", "E01", "E01", "E01", other.hex(), "OK", other.hex(), "OK"] == answers


def test_a_core_has_the_programs_bytes(built: Built, place: Place) -> None:
    """Breakpoints that are set when a guest aborts are not in its core."""
    at = _symbol(built, "rnow", "solo5_yield")
    answers, outcome = _talk(
        place, [f"m{at:x},8", f"Z0,{at:x},4", "c", "D"], "--mem=4", "--dumpcore=.", "/guest/rnow", fetch=("core",)
    )
    core = outcome.files["core"]
    # The second program header is the memory's; the first ends there.
    offset, start = struct.unpack_from("<QQ", core, 64 + 56 + 8)
    assert [core[at - start + offset :][:8].hex(), "OK", "T06thread:1;", "OK"] == answers


def test_a_hypercall_reads_the_programs_bytes(built: Built, place: Place) -> None:
    """A breakpoint among constants changes nothing of what the guest writes to its console."""
    # The guest itself sees it; only the second half of an instruction can be without a zero, which would end the text.
    half = _words(built.arch).breakpoint_bytes // 2
    image = Programs(built).guest("hello", _TARGET).read_bytes()
    found = image.index(b"Hello, World")
    # Which segment that is of, and where it lies.
    table, entry, count = *struct.unpack_from("<Q", image, 32), *struct.unpack_from("<HH", image, 54)
    segments = [struct.unpack_from("<IIQQQQ", image, table + entry * index) for index in range(count)]
    at = next(s[3] + found - s[2] for s in segments if s[0] == 1 and s[2] <= found < s[2] + s[5])
    # The last packet waits for the guest to stop, and keeps the debugger from having gone before.
    answers, outcome = _talk(place, [f"Z0,{at - half:x},4", "c", "D"], "/guest/hello")
    assert ["OK", "W00"] == answers
    assert b"Hello, World\nargs: ''\nSUCCESS\n" == outcome.stdout


@pytest.mark.parametrize("options", [(), ("--user=1234:5678",)])
def test_a_core_may_lie_in_another_users_folder(place: Place, options: tuple[str, ...]) -> None:
    """Root's tender has no privileges any more when it writes one; the core is the folder's owner's."""
    script = f"""mkdir other && /busybox chown 1234:5678 other && /busybox chmod 700 other
    /{_TENDER} --mem=4 --dumpcore=other {shlex.join(options)} /guest/rnow; s=$?
    /busybox stat -c '%u:%g %a' other/core.solo5-hvt.*; exit $s"""
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script)))
    assert ("status 255", b"1234:5678 600") == (outcome.describe(), outcome.stdout.splitlines()[-1])


def test_a_core_of_an_earlier_process_is_replaced(place: Place) -> None:
    """In a container every tender may have the same number; the last abort is the one that counts."""
    script = f"""/busybox sh -c 'echo old >core.solo5-hvt.$$; exec /{_TENDER} --mem=4 --dumpcore=. /guest/rnow'
    s=$?; mv core.solo5-hvt.* core; exit $s"""
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script), fetch=("core",)))
    assert ("status 255", b"\x7fELF") == (outcome.describe(), outcome.files["core"][:4])


def test_a_folder_where_no_core_can_be_made_is_refused_at_once(place: Place) -> None:
    """Who asks for a core learns before the guest runs that there will be none."""
    script = f"mkdir other && /busybox chmod 700 other; /{_TENDER} --dumpcore=other --user=1234 /guest/hello"
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script)))
    said = f"{_TENDER}: --dumpcore=other: no core can be made there: Permission denied\n"
    assert ("status 1", b"", said) == (outcome.describe(), outcome.stdout, outcome.stderr.decode())


def test_the_debuggers_port_may_be_a_privileged_one(place: Place) -> None:
    """The port is taken while root's tender still may."""
    script = f"""/busybox ip link set lo up; /{_TENDER} --gdb --gdb-port=80 /guest/hello & pid=$!
    until /busybox netstat -tln | /busybox grep -q :80; do kill -0 $pid || exit 9; done; kill $pid"""
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script)))
    assert "status 0" == outcome.describe(), outcome


#: Interrupts a guest once its tender sleeps, then kills it.
_INTERRUPT = """/busybox ip link set lo up; /busybox mkfifo out; exec 5<>out
/{tender} --gdb /guest/signals {what} >out 5>&- & pid=$!
until /busybox netstat -tln | /busybox grep -q :1234; do :; done
{{ printf '$QStartNoAckMode#b0$c#63'; read line <&5
until /busybox grep -q '^State:.S' /proc/$pid/status; do :; done; printf '\\003$k#6b'
}} | /busybox nc 127.0.0.1 1234 >&2; wait $pid"""


@pytest.mark.parametrize("what", ["sleep", "write"])
def test_a_wait_ends_when_the_debugger_wants_it(place: Place, what: str) -> None:
    """A guest that sleeps for ever, or writes where nobody reads, stands still for a debugger that interrupts it."""
    script = _INTERRUPT.format(tender=_TENDER, what=what)
    outcome = place.run(Job(argv=("/busybox", "sh", "-c", script)))
    assert ("status 1", True) == (outcome.describe(), b"T02thread:1;" in outcome.stderr), outcome


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_a_signal_ends_it_with_one_line_too(place: Place, name: str) -> None:
    """Who ends it reads the same line as of solo5-hvt, with its name."""
    caller = ("/caller", "signalling", "READY", "epoll_pwait", f"SIG{name}", "--", "/caller", "blocking", "--")
    outcome = place.run(Job(argv=(*caller, f"/{_TENDER}", "/guest/signals", "sleep")))
    assert ("status 1", f"{_TENDER}: ended by SIG{name}\n") == (outcome.describe(), outcome.stderr.decode())


def test_a_wait_takes_its_whole_time(place: Place) -> None:
    """Signals that do not kill are no debugger's."""
    caller = ("/caller", "signalling", "READY", "epoll_pwait", "SIGSTOP", "SIGCONT", "epoll_pwait", "trace", "--")
    outcome = place.run(Job(argv=(*caller, f"/{_TENDER}", "/guest/signals", "poll")))
    assert ("status 0", b"READY\nSUCCESS\n") == (outcome.describe(), outcome.stdout), outcome
