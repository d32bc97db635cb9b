# SPDX-License-Identifier: ISC
"""solo5.run.single: what `solo5 run` makes of its words."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import damage
import pytest

from solo5 import kept, launch, places, proc
from solo5.agent.job import Job, Outcome
from solo5.builder import Built, build
from solo5.errors import MachineError, UsageError
from solo5.facts import BUILD_VARIABLE, Arch, Tree, tree
from solo5.matrix.jobs import image
from solo5.matrix.programs import Programs
from solo5.run import single

SPT = tree().target("spt")
FILE = Path("hello.spt")


def foreign() -> Arch:
    """Return an architecture that is not this host's."""
    return next(arch for arch in tree().archs() if not arch.is_host)


def command(*options: str, place: str | None = None) -> single.Command:
    """Return a command with those options."""
    return single.Command(options, FILE, ("a", "--b"), place)


def binary(arch: Arch | None = None) -> single.Binary:
    """Return an spt file's facts, of a foreign architecture unless another is named."""
    return single.Binary(arch or foreign(), SPT, launch.of(SPT, tree()))


def planned(*options: str) -> single.InPlace:
    """Return what a virtual machine gets for those options."""
    return single.place_plan(command(*options), binary(), Built(foreign(), Path("/b")), places.kind("vm"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["f"], single.Command((), Path("f"), (), None)),
        (["--mem=2", "f", "--mem=3"], single.Command(("--mem=2",), Path("f"), ("--mem=3",), None)),
        (["--mem=2", "--", "-f", "a"], single.Command(("--mem=2",), Path("-f"), ("a",), None)),
        (["--place", "vm", "f"], single.Command((), Path("f"), (), "vm")),
        (["--place=host", "--x", "f"], single.Command(("--x",), Path("f"), (), "host")),
        (["f", "--place=host"], single.Command((), Path("f"), ("--place=host",), None)),
        (["--mem=2", "--help", "f"], None),
    ],
)
def test_words_are_parted(words: list[str], expected: single.Command | None) -> None:
    """Options come before the file, the guest's arguments behind it; all but --place are the tender's."""
    assert single.parse(words) == expected


@pytest.mark.parametrize("name", single.OPTIONS)
def test_a_value_may_be_a_word_of_its_own(name: str) -> None:
    """`--mem 32` is `--mem=32`, so it is for every option of the tenders that has a value."""
    option = name.replace("NAME", "disk-1")
    expected = single.Command((f"{option}=1",), Path("f"), (option, "2"), None)
    assert expected == single.parse([f"{option}=1", "f", option, "2"])
    assert expected == single.parse([option, "1", "f", option, "2"])


def test_the_tenders_options_are_known() -> None:
    """Each option with a value that a tender of ours lists is one; a debugger's are not for `run`."""
    built = build(next(arch for arch in tree().archs() if arch.is_host))
    for cell in tree().cells():
        if cell.arch == built.arch.name:
            program = launch.of(tree().target(cell.target), tree()).program_in(built)
            done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
            assert set(single.OPTIONS) == set(re.findall(r"^  (--[\w:-]+)=", done.stdout, re.MULTILINE))


def test_the_help_shows_what_works(tmp_path: Path) -> None:
    """Every example of `solo5 run --help` is pasted into a shell, where such files are."""
    solo5 = [sys.executable, "-m", "solo5.cli"]
    env = {**os.environ, "PYTHONPATH": str(tree().root)}
    done = subprocess.run([*solo5, "run", "--help"], env=env, capture_output=True, text=True, check=True)
    examples = re.findall(r"^  (solo5 run .*)$", done.stdout, re.MULTILINE)
    assert 3 <= len(examples)
    programs = Programs(build(next(arch for arch in tree().archs() if arch.is_host)))
    for name in ("hello", "blk"):
        (tmp_path / f"{name}.spt").write_bytes(programs.guest(name, SPT).read_bytes())
    (tmp_path / "disk.img").write_bytes(bytes(4 << 20))
    for example in examples:
        script = f'solo5() {{ {shlex.join(solo5)} "$@"; }}; {example}'
        done = subprocess.run(["sh", "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr), example
        assert "SUCCESS" in done.stdout, example


def test_in_a_machine_a_message_has_the_users_names(tmp_path: Path) -> None:
    """What the tender says of guest and disk there names the files that the user gave."""
    programs = Programs(build(foreign()))
    (tmp_path / "my guest.spt").write_bytes(programs.guest("hello", SPT).read_bytes())
    (tmp_path / "my disk").write_bytes(bytes(512))
    solo5 = [sys.executable, "-m", "solo5.cli", "run"]
    env = {**os.environ, "PYTHONPATH": str(tree().root)}
    blk = str(programs.guest("blk", SPT))
    for words, told in [
        (["--mem=1", "my guest.spt"], "solo5-spt: my guest.spt: segment at "),
        (["--block:disk=my disk", "--block-sector-size:disk=4096", blk], "solo5-spt: disk: my disk: Backing storage"),
    ]:
        done = subprocess.run([*solo5, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert (1, True) == (done.returncode, done.stderr.startswith(told)), done.stderr


def test_names_in_messages_are_whole_and_lines_may_come_in_pieces(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """A longer name that begins so is another; standard output is the guest's and passes as it is."""
    said = single.Said({"/dev/vda": "d.img", "/guest/a+b": "x y"})
    for piece in (b"t: /dev/", b"vda: x\n/dev/vdaa ", b"/guest/a+b.c\n/guest/a+b"):
        said.pass_on("stderr", piece)
    said.pass_on("stdout", b"/dev/vda")
    said.end()
    assert (b"/dev/vda", b"t: d.img: x\n/dev/vdaa /guest/a+b.c\nx y") == tuple(capfdbinary.readouterr())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "run: no FILE given; see: solo5 run --help"),
        (["--mem=2", "--"], "run: no FILE given; see: solo5 run --help"),
        (["--mem", "app.spt"], "run: no FILE given: app.spt is the value of --mem; see: solo5 run --help"),
        (["--place", "moon", "f"], "run: --place moon: not known; known: host, vm"),
        (["--place"], "run: --place : not known; known: host, vm"),
    ],
)
def test_words_that_make_no_sense(words: list[str], complaint: str) -> None:
    """A missing file and an unknown place are one line each."""
    with pytest.raises(UsageError) as raised:
        single.parse(words)
    assert str(raised.value) == complaint


def unikernel(machine: int, abi: int) -> bytes:
    """Return the least ELF file with an ABI note (System V gABI; bindings/include/solo5/elf_abi.h)."""
    note = struct.pack("<III8sIIII", 6, 16, 0x31494241, b"Solo5", abi, 2, 0, 0)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return header + struct.pack("<IIQQQQQQ", 4, 4, 120, 0, 0, len(note), len(note), 4) + note


def test_a_file_says_what_it_is_for(tmp_path: Path) -> None:
    """Architecture and target are read from the file, of every cell."""
    path = tmp_path / "f"
    for cell in tree().cells():
        arch, target = tree().arch(cell.arch), tree().target(cell.target)
        path.write_bytes(unikernel(arch.elf.machine, target.abi))
        assert single.identify(path, tree()) == single.Binary(arch, target, launch.of(target, tree()))


@pytest.mark.parametrize(
    ("machine", "abi", "complaint"),
    [
        (2, SPT.abi, "is for machine 2; known: aarch64, "),
        (foreign().elf.machine, 77, "is for target 77; known: hvt, spt"),
        (
            foreign().elf.machine,
            tree().target("virtio").abi,
            f"is for virtio-{foreign().name}, which cannot be run yet; can: {tree().cells()[0]}",
        ),
    ],
)
def test_a_file_for_something_else_is_refused(tmp_path: Path, machine: int, abi: int, complaint: str) -> None:
    """A machine, target or cell that does not exist here is named, with those that do."""
    path = tmp_path / "f"
    path.write_bytes(unikernel(machine, abi))
    with pytest.raises(UsageError) as raised:
        single.identify(path, tree())
    assert str(raised.value).startswith(f"{path}: {complaint}")


def test_a_foreign_guest_runs_and_its_disk_keeps_what_it_wrote(tmp_path: Path) -> None:
    """One command runs another architecture's guest; output, status and writes are the guest's."""
    arch = foreign()
    built = build(arch)
    disk = tmp_path / "disk"
    before = image("pattern", 4096)
    disk.write_bytes(before)
    file = Programs(built).guest("blk", SPT)
    done = proc.run(
        [sys.executable, "-m", "solo5.cli", "run", "--mem=4", f"--block:disk={disk}", file, "ends"],
        kind=proc.Kind.OURS,
        env={"PYTHONPATH": str(tree().root)},
        deadline_s=60,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert done.stdout == b"block_size 512\ncapacity 4096\nSUCCESS\n"
    # The guest flips bits (0x5a) of the first, second and last block.
    changed = bytes(byte ^ 0x5A for byte in before)
    assert disk.read_bytes() == changed[:1024] + before[1024:-512] + changed[-512:]


@pytest.mark.parametrize("arch", [each for each in tree().archs() if not each.is_host], ids=lambda each: each.name)
def test_a_guest_can_have_all_its_devices_as_disks(arch: Arch, tmp_path: Path) -> None:
    """In a machine, 63 disks work, and what a guest writes into one of them is in that disk's file."""
    before = [image("pattern", 512 * (number + 1)) for number in range(63)]
    for number, content in enumerate(before):
        (tmp_path / str(number)).write_bytes(content)
    options = [f"--block:blk{number}={tmp_path / str(number)}" for number in range(63)]
    file = Programs(build(arch)).guest("maxdisks", SPT)
    done = proc.run(
        [sys.executable, "-m", "solo5.cli", "run", "--mem=4", *options, file],
        kind=proc.Kind.OURS,
        env={"PYTHONPATH": str(tree().root)},
        deadline_s=60,
    )
    assert (done.returncode, done.stdout, done.stderr.decode()) == (0, b"SUCCESS\n", "")
    # The guest fills the last block with the disk's number.
    expected = [content[:-512] + bytes([number]) * 512 for number, content in enumerate(before)]
    assert expected == [(tmp_path / str(number)).read_bytes() for number in range(63)]


@pytest.mark.parametrize(
    ("number", "path"),
    [(0, "vda"), (25, "vdz"), (26, "vdaa"), (27, "vdab"), (51, "vdaz"), (52, "vdba"), (63, "vdbl")],
)
def test_disks_have_the_kernels_names(tmp_path: Path, number: int, path: str) -> None:
    """After /dev/vdz comes /dev/vdaa."""
    (tmp_path / "disk").write_bytes(bytes(512))
    assert places.kind("vm").disk_path(tmp_path / "disk", number) == f"/dev/{path}"


def test_more_disks_than_a_machine_has_places_for(tmp_path: Path) -> None:
    """The disk that has no slot is refused with the number that fit."""
    (tmp_path / "disk").write_bytes(bytes(512))
    with pytest.raises(UsageError, match="at most 64 disks"):
        places.kind("vm").disk_path(tmp_path / "disk", 64)


def test_more_disks_than_a_guest_has_devices(tmp_path: Path) -> None:
    """The 64th is refused before a machine boots, as the tender would there."""
    (tmp_path / "disk").write_bytes(bytes(512))
    for number in range(64):
        shutil.copy(tmp_path / "disk", tmp_path / str(number))
    options = [f"--block:blk{number}={tmp_path / str(number)}" for number in range(64)]
    assert 63 == len(planned(*options[:63]).disks)
    with pytest.raises(UsageError, match=r"--block:blk63=.*/63: more than 63 devices"):
        planned(*options)


@pytest.mark.parametrize("holder", ["tender", "machine"])
def test_a_disk_in_use_is_one_line(tmp_path: Path, holder: str) -> None:
    """An image that another program has is refused in a machine as on this host: by its name, and 125."""
    (tmp_path / "disk").write_bytes(bytes(4096))
    argv = [sys.executable, "-m", "solo5.cli", "run", "--mem=4", f"--block:disk={tmp_path / 'disk'}"]
    file = Programs(build(foreign())).guest("blk", SPT)
    with contextlib.ExitStack() as undo:
        if holder == "tender":
            # As tenders take it (tenders/host/linux/file.c).
            held = undo.enter_context((tmp_path / "disk").open("r+b"))
            fcntl.fcntl(held, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        else:
            files = {"/probe": Programs(build(foreign())).probe}
            disks = places.Options(disks=[tmp_path / "disk"])
            undo.callback(places.kind("vm").open(foreign(), build(foreign()).agent, files, disks).close)
        done = proc.run([*argv, file, "ends"], kind=proc.Kind.OURS, env={"PYTHONPATH": str(tree().root)}, deadline_s=60)
        line = f"solo5: {tmp_path / 'disk'}: in use by another program, or as another device\n"
        assert (125, line, b"") == (done.returncode, done.stderr.decode(), done.stdout)


def _choice(asked: single.Command, what: single.Binary) -> str:
    """Return where that would run, of a build that is nowhere."""
    return single.choose(asked, what, Built(what.arch, Path("/nowhere"))).place


def test_the_place_follows_the_file() -> None:
    """A file of this host's architecture runs here, any other in a virtual machine."""
    assert _choice(command(), binary()) == "vm"
    host = tree().host_arch()
    if host is None:
        pytest.skip("this host's architecture is not one of the tree's")
    assert _choice(command(), binary(host)) == "host"
    assert _choice(command(place="vm"), binary(host)) == "vm"


def test_a_foreign_file_cannot_be_forced_onto_this_machine() -> None:
    """--place host with another architecture's file is refused with both names."""
    with pytest.raises(UsageError) as raised:
        _choice(command(place="host"), binary())
    machine = os.uname().machine
    assert str(raised.value) == f"place host: this host is {machine}, not {foreign().name}; use --place vm"


def test_here_the_tender_gets_the_words_as_they_are() -> None:
    """On this host nothing is changed but the program's name."""
    built = Built(foreign(), Path("/b"))
    made = single.host_argv(command("--mem=2", "--net:service=tap0"), binary(), built)
    tender = str(launch.of(SPT, tree()).program_in(built))
    assert made == [tender, "--mem=2", "--net:service=tap0", "--", "hello.spt", "a", "--b"]


def test_in_a_machine_block_files_are_disks(tmp_path: Path) -> None:
    """Block files become /dev/vda, /dev/vdb ... in the order of the options; others pass unchanged."""
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one, two):
        path.write_bytes(bytes(512))
    made = planned(f"--block:b={two}", "--mem=2", f"--block:a={one}", "--block-sector-size:a=512")
    assert made.disks == (two, one)
    assert made.files == {
        "/tender/solo5-spt": launch.of(SPT, tree()).program_in(Built(foreign(), Path("/b"))),
        "/guest/hello.spt": FILE,
    }
    assert made.job.argv == (
        "/tender/solo5-spt",
        "--block:b=/dev/vda",
        "--mem=2",
        "--block:a=/dev/vdb",
        "--block-sector-size:a=512",
        "--",
        "/guest/hello.spt",
        "a",
        "--b",
    )
    # A guest that runs for weeks is none of our business.
    assert made.job.deadline_s >= 365 * 86400
    assert made.job.stdout == Job(()).stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), 768), (("--mem=2",), 512), (("--mem=700",), 1024), (("--mem=12x",), 768), (("--mem=",), 768)],
)
def test_a_machine_has_room_for_its_guest(options: tuple[str, ...], expected: int) -> None:
    """The machine gets the guest's memory on top of its own; what is no number, the tender refuses."""
    assert planned(*options).memory_mb == expected


def test_in_a_machine_there_is_no_network() -> None:
    """--net is refused in one line that says where it works."""
    with pytest.raises(UsageError) as raised:
        planned("--net:service=tap0")
    assert str(raised.value) == (
        "--net:service=tap0: a guest in a virtual machine has no network yet; run it on a machine of its own "
        f"architecture, {foreign().name}"
    )


@pytest.mark.parametrize(
    ("size", "complaint"),
    [
        (None, "no such file"),
        (0, "has 0 bytes; a disk has a multiple of 512"),
        (513, "has 513 bytes; a disk has a multiple of 512"),
    ],
)
def test_what_cannot_be_a_disk(tmp_path: Path, size: int | None, complaint: str) -> None:
    """A block file must be there, and whole sectors."""
    path = tmp_path / "disk"
    if size is not None:
        path.write_bytes(bytes(size))
    with pytest.raises(UsageError) as raised:
        planned(f"--block:disk={path}")
    assert str(raised.value) == f"--block:disk={path}: {complaint}"


def test_a_device_is_no_disk_and_no_file_is_two(tmp_path: Path) -> None:
    """Only regular files travel, each once."""
    with pytest.raises(UsageError) as raised:
        planned("--block:disk=/dev/null")
    expected = "--block:disk=/dev/null: not a regular file, so no disk of a virtual machine"
    assert str(raised.value) == expected
    path = tmp_path / "disk"
    path.write_bytes(bytes(512))
    with pytest.raises(UsageError) as raised:
        planned(f"--block:a={path}", f"--block:b={path}")
    assert str(raised.value) == f"--block:b={path}: given twice; two disks cannot share a file"


def test_a_guests_output_passes_as_it_is_and_in_little_memory() -> None:
    """In a machine as on this host, `solo5 run` is the tender: each byte comes out, and none of them is kept."""
    guest = Programs(build(foreign())).guest("flood", SPT)
    peaks = []
    for mib in (1, 32):
        words = [sys.executable, "-m", "solo5.cli", "run", str(guest), "--solo5:quiet", str(mib)]
        with subprocess.Popen(words, cwd=tree().root, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        assert 0 == process.returncode
        assert b"BEGIN\n" + (b"\x1b[31m\xff" + b"x" * 57 + b"\n") * (mib << 14) + b"SUCCESS\n" == said
        peaks.append(usage.ru_maxrss)
    assert peaks[1] - peaks[0] < 16 << 10


def outcome(status: int | None, signal: str | None = None, *, timed_out: bool = False) -> Outcome:
    """Return an outcome that ended so."""
    syscall = "openat" if signal == "SIGSYS" else None
    return Outcome(status, signal, syscall, None, timed_out, 0.1, b"", b"", {})


@pytest.mark.parametrize(
    ("ended", "expected", "said"),
    [
        (outcome(0), 0, ""),
        (outcome(255), 255, ""),
        (outcome(None, "SIGSEGV"), 139, "solo5: the guest ended: SIGSEGV\n"),
        (outcome(None, "SIGSYS"), 159, "solo5: the guest ended: SIGSYS (system call openat)\n"),
    ],
)
def test_exit_status(ended: Outcome, expected: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The status is the guest's own, or 128 and the signal, as a shell has it."""
    assert single.status(ended) == expected
    assert capsys.readouterr().err == said


def test_a_machine_that_gives_up_is_no_status_of_the_guest() -> None:
    """An end that is neither status nor signal is the machine's error."""
    with pytest.raises(MachineError):
        single.status(outcome(None, timed_out=True))


@pytest.mark.parametrize("how", damage.OF_A_FILE)
@pytest.mark.parametrize("which", [0, 1])
def test_what_runs_guests_is_built_again_if_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: int, how: str
) -> None:
    """A tender or an agent that has changed since it was built is not started: the build comes first."""
    monkeypatch.setenv(BUILD_VARIABLE, str(tmp_path))
    monkeypatch.setattr(kept, "AGAIN_S", 0.0)
    asked: list[Arch] = []

    def build_again(arch: Arch, *, at: Tree) -> Built:
        asked.append(arch)
        return Built.at(at, arch)

    monkeypatch.setattr(single, "build", build_again)
    made = Built.at(tree(), foreign())
    files = [made.agent, *binary().launcher.programs(made).values()]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.name}: a program\n")
    kept.seal(made.dir, "a build")
    single.built_for(binary(), tree())
    assert [] == asked
    damage.OF_A_FILE[how](files[which])
    single.built_for(binary(), tree())
    assert [foreign()] == asked
