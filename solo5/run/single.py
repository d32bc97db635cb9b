# SPDX-License-Identifier: ISC
"""`solo5 run`: runs one unikernel file, of whatever architecture, with one command.

The file's notes say which tender it needs. On a machine of the file's own
architecture this process becomes that tender, so terminal, signals and exit
status are its own. Elsewhere a place runs it that can (solo5.places): block
files travel as its disks, so what the guest writes stays.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from solo5 import interrupt, kept, launch, needs, places, proc, progress
from solo5.agent.job import Job, Outcome, Stream
from solo5.builder import Built, build
from solo5.elf.manifest import MAX_DEVICES
from solo5.elf.read import read_notes
from solo5.errors import MachineError, UsageError
from solo5.facts import Arch, Cell, Target, Tree
from solo5.launch import Launcher

#: A guest may run as long as it likes; a job needs a number (some 30 years).
FOREVER_S: Final = 1e9
_DEFAULT_MB: Final = 512
"""A guest's memory where no option says it, of every tender."""
_SYSTEM_MB: Final = 256
"""What kernel and tender of a place with memory of its own need besides."""
#: Options of the tenders that have a value, what it is, and what they are for; a value is also a word of its own.
OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "--mem": ("MB", "the guest's memory"),
    "--block:NAME": ("PATH", "attach a file as a block device (in another place, its disk)"),
    "--block-sector-size:NAME": ("BYTES", "its size of a block"),
    "--net:NAME": ("IFACE", "attach a tap, or @FD (not in every place)"),
    "--net-mac:NAME": ("ADDRESS", "its address"),
    "--user": ("UID[:GID]", "run as that user and group, if started as root"),
}
_LINE_BYTES: Final = 65536
"""More than any line of a tender."""
_WITHOUT_VALUE: Final = re.compile("|".join(name.replace("NAME", "[^=]*") for name in OPTIONS))
_STEP_MB: Final = 256
"""Some machines take memory in pieces of this size only (pseries: PAPR's LMB)."""


@dataclass(frozen=True)
class Command:
    """A command line, parted."""

    options: tuple[str, ...]
    """The tender's."""
    file: Path
    args: tuple[str, ...]
    """The guest's."""
    place: str | None
    """The name of a kind; None: the best."""


@dataclass(frozen=True)
class Binary:
    """What a unikernel file says of itself."""

    arch: Arch
    target: Target
    launcher: Launcher


def parse(words: Sequence[str]) -> Command | None:
    """Part the words [--place PLACE] [OPTIONS] [--] FILE [ARGS]; None: --help.

    An option becomes one word, as the tenders have it. Raises UsageError.
    """
    options: list[str] = []
    place: str | None = None
    rest = list(words)
    taken = ""
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--":
            break
        if word in {"-h", "--help"}:
            return None
        if word == "--place" or word.startswith("--place="):
            place = _place(word, rest)
        elif rest and _WITHOUT_VALUE.fullmatch(word):
            taken = f": {rest[0]} is the value of {word}"
            options.append(f"{word}={rest.pop(0)}")
        else:
            options.append(word)
    if not rest:
        message = f"run: no FILE given{taken}; see: solo5 run --help"
        raise UsageError(message)
    return Command(tuple(options), Path(rest[0]), tuple(rest[1:]), place)


def _place(word: str, rest: list[str]) -> str:
    _, equals, value = word.partition("=")
    if not equals:
        value = rest.pop(0) if rest else ""
    if value not in places.names():
        message = f"run: --place {value}: not known; known: {', '.join(places.names())}"
        raise UsageError(message)
    return value


def identify(path: Path, of: Tree) -> Binary:
    """Read a file's machine and target. Raises UsageError if it is no unikernel that runs here."""
    notes = read_notes(path)
    arch = next((arch for arch in of.archs() if arch.elf.machine == notes.machine), None)
    if arch is None:
        message = f"{path}: is for machine {notes.machine}; known: {', '.join(of.arch_names)}"
        raise UsageError(message)
    target = next((target for target in of.targets() if target.abi == notes.abi), None)
    if target is None:
        message = f"{path}: is for target {notes.abi}; known: {', '.join(of.target_names)}"
        raise UsageError(message)
    cell = Cell(target.name, arch.name)
    if not of.has_cell(cell):
        message = f"{path}: is for {cell}, which cannot be run yet; can: {', '.join(map(str, of.cells()))}"
        raise UsageError(message)
    return Binary(arch, target, launch.of(target, of))


def host_argv(command: Command, binary: Binary, built: Built) -> list[str]:
    """Return what this process becomes."""
    launcher = binary.launcher
    program, *words = launcher.plain_command((*command.options, "--", str(command.file), *command.args))
    return [str(launcher.programs(built)[program]), *words]


@dataclass(frozen=True)
class InPlace:
    """What a place is given that is not this process."""

    job: Job
    disks: tuple[Path, ...]
    """In the order of their numbers."""
    files: Mapping[str, Path | bytes]
    memory_mb: int
    """Of the place, if it has its own, MiB."""
    user_names: Mapping[str, str]
    """What the user calls files, by their path in the place."""


def place_plan(command: Command, binary: Binary, built: Built, kind: places.Kind) -> InPlace:
    """Return the job, disks and files. Raises UsageError for what a place of that kind cannot do."""
    options: list[str] = []
    disks: list[Path] = []
    user_names: dict[str, str] = {}
    for word in command.options:
        if word.startswith("--net:"):
            _check_network(word, binary.arch, kind)
        key, equals, path = word.partition("=")
        if key.startswith("--block:") and len(disks) == MAX_DEVICES:
            message = f"{word}: more than {MAX_DEVICES} devices"
            raise UsageError(message)
        if key.startswith("--block:") and equals:
            disk = _disk_path(word, Path(path), disks, kind)
            options.append(f"{key}={disk}")
            disks.append(Path(path).resolve())
            user_names[disk] = path
        else:
            options.append(word)
    launcher = binary.launcher
    guest = f"/guest/{command.file.name}"
    files: dict[str, Path | bytes] = {**launcher.programs(built), guest: command.file}
    job = Job(argv=launcher.plain_command((*options, "--", guest, *command.args)), deadline_s=FOREVER_S)
    return InPlace(job, tuple(disks), files, _memory_mb(command.options), {**user_names, guest: str(command.file)})


def _memory_mb(options: Sequence[str]) -> int:
    """Return the place's memory: what the guest may come to use, and the rest, MiB.

    At most half of what this host has; and of what is no number, the tender
    will complain.
    """
    said = [word.partition("=")[2] for word in options if word.startswith("--mem=")]
    wanted = int(said[0]) if said and re.fullmatch("[0-9]+", said[0]) else _DEFAULT_MB
    host_mb = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20
    most = min(wanted, host_mb // 2)
    return -(-(_SYSTEM_MB + most) // _STEP_MB) * _STEP_MB


def _check_network(word: str, arch: Arch, kind: places.Kind) -> None:
    obstacle = kind.network_obstacle()
    if obstacle is not None:
        message = f"{word}: {obstacle}; run it on a machine of its own architecture, {arch.name}"
        raise UsageError(message)


def _disk_path(word: str, path: Path, others: Sequence[Path], kind: places.Kind) -> str:
    """Return where the place has a block file, as its next disk."""
    problem = None
    if not path.exists():
        problem = "no such file"
    elif not os.access(path, os.R_OK | os.W_OK):
        problem = "may not be read and written by this user"
    elif any(path.samefile(other) for other in others):
        problem = "given twice; two disks cannot share a file"
    if problem is not None:
        message = f"{word}: {problem}"
        raise UsageError(message)
    try:
        return kind.disk_path(path, len(others))
    except UsageError as cause:
        message = f"{word}: {cause}"
        raise UsageError(message) from cause


def run(command: Command, of: Tree) -> int:
    """Run it; return the guest's exit status, 128 + signal if it was killed.

    Does not return where this process can become the tender.
    """
    binary = identify(command.file, of)
    check_place(command, binary)
    built = built_for(binary, of)
    choice = choose(command, binary, built)
    kind = places.kind(choice.place)
    if kind.here:
        argv = host_argv(command, binary, built)
        if progress.is_verbose():
            print(f"+ {proc.line(argv)}", file=sys.stderr, flush=True)
        interrupt.release()
        os.execv(argv[0], argv)  # noqa: S606 - as meant: no shell, and no process beside us
    planned = place_plan(command, binary, built, kind)
    needs.require([binary.arch], build=False, native=False, at=of)
    return _run_in(kind, planned, built)


def choose(command: Command, binary: Binary, built: Built) -> places.Choice:
    """Return where to run: as whoever calls, with the network that there is, if this host can."""
    return places.choose(replace(binary.launcher.needs(built), isolated=False), command.place)


def check_place(command: Command, binary: Binary) -> None:
    """Raise UsageError if the place that was asked for takes no programs of the file's architecture.

    Needs no build to tell.
    """
    if command.place is not None:
        places.choose(places.Needs(binary.arch, isolated=False), command.place)


def built_for(binary: Binary, of: Tree) -> Built:
    """Return the build that has the tender; build it if it is not there, or not as it was built."""
    built = Built.at(of, binary.arch)
    whole = not of.is_checkout or kept.is_whole(built.dir)
    if whole and all(path.exists() for path in (built.agent, *binary.launcher.programs(built).values())):
        return built
    needs.require([binary.arch], run=False, native=False, at=of)
    print(f"solo5: building {binary.launcher.program} for {binary.arch.name}", file=sys.stderr, flush=True)
    return build(binary.arch, at=of)


def _run_in(kind: places.Kind, plan: InPlace, built: Built) -> int:
    options = places.Options(disks=plan.disks, memory_mb=plan.memory_mb)
    place = kind.open(built.arch, built.agent, plan.files, options)
    said = Said(plan.user_names)
    try:
        outcome = place.run(plan.job, said.pass_on)
        said.end()
        return status(outcome)
    finally:
        place.close()


class Said:
    """What is written in a place, passed on; in what the tender says there, files have the user's names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {os.fsencode(name): os.fsencode(other) for name, other in names.items()}
        self._pattern = re.compile(rb"(?:" + b"|".join(map(re.escape, self._names)) + rb")(?![\w.-])")
        self._begun = b""

    def pass_on(self, stream: Stream, piece: bytes) -> None:
        """Show output as it comes, of standard error whole lines; a guest writes to standard output only."""
        if stream != "stderr":
            pass_on(stream, piece)
            return
        lines, newline, self._begun = (self._begun + piece).rpartition(b"\n")
        pass_on(stream, self._renamed(lines + newline))
        if len(self._begun) > _LINE_BYTES:
            self.end()

    def end(self) -> None:
        """Show what is no whole line."""
        pass_on("stderr", self._renamed(self._begun))
        self._begun = b""

    def _renamed(self, text: bytes) -> bytes:
        return self._pattern.sub(lambda found: self._names[found[0]], text)


def pass_on(stream: Stream, piece: bytes) -> None:
    """Show output as it comes."""
    out = sys.stdout.buffer if stream == "stdout" else sys.stderr.buffer
    with interrupt.waiting():
        out.write(piece)
        out.flush()


def status(outcome: Outcome) -> int:
    """Return an outcome as a shell's exit status; say on stderr how a signal came about."""
    if outcome.status is not None:
        return outcome.status
    print(f"solo5: the guest ended: {outcome.describe()}", file=sys.stderr)
    number = signal.Signals.__members__.get(outcome.signal or "")
    if number is None:
        message = f"the place ended the guest with {outcome.describe()}"
        raise MachineError(message)
    return 128 + number
