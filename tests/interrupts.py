# SPDX-License-Identifier: ISC
"""Ends each verb at random moments, and looks for what is left: `python tests/interrupts.py [--moments N] [VERB...]`.

A moment is a time between the start and the end of a verb, a signal, and
whom it is sent: the process, or its group, as a terminal does. After it there
must be no process of the verb, no file of it in its private TMPDIR, no
unfinished one in its private cache and build root, no network namespace, tap
or mount; it ended with 128 + N (or well, if it was done before), and without a
traceback. The next moment's start shows that the verb still works; so does a
last one that nobody ends.

Not a part of a session: 200 moments of a verb take some minutes.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parent.parent
_CHANCE: Final = random.Random()  # noqa: S311 - no secret
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: So long may an end take.
_END_S: Final = 30.0
#: So long a process may take to die when its parent has.
_DEATH_S: Final = 1.0
_RUN_S: Final = 600.0
#: Of all moments, those at which a machine is booted, or a build is set up.
_RARELY: Final = 0.15
#: After so many moments, people are told.
_TOLD: Final = 25
#: What Python itself says of Ctrl-C before it has come to the first line of ours, or after the last.
_PYTHONS_OWN: Final = re.compile(r"init_import_site|in _run_module_as_main|<frozen (runpy|site|importlib)")
#: The file in which everything of ours begins.
_OURS: Final = re.compile(r'solo5/cli.py", line \d+, in (program|main)')
#: Names of files that are not finished, in cache and build root.
_UNFINISHED: Final = re.compile(r"^\.unfinished-|^\..*\.\d+\.\d+\.\d+$|\.tmp$")


@dataclass(frozen=True)
class Verb:
    """A command to end."""

    words: tuple[str, ...]
    status: int = 0
    """Of a run that nobody ends."""
    before: Callable[[World], None] = lambda world: None  # noqa: ARG005 - nothing to prepare
    """Makes work for it."""
    needs_build: bool = True


class World:
    """Private folders, and all that a verb might leave."""

    def __init__(self, at: Path) -> None:
        """Make them; what has been fetched is shared."""
        self.temporary, self.cache, self.build = at / "tmp", at / "cache", at / "build"
        self.programs = at / "programs"
        for folder in (self.temporary, self.cache, self.build, self.programs):
            folder.mkdir()
        shared = Path(os.environ.get("SOLO5_CACHE") or Path.home() / ".cache" / "solo5")
        for path in shared.iterdir():
            if path.name not in {"vm", "containers", "apt"} and path.suffix != ".lock":
                (self.cache / path.name).symlink_to(path)
        self._system = self._of_system()

    def environment(self) -> dict[str, str]:
        """Return what the verbs run in."""
        settings = {"TMPDIR": self.temporary, "SOLO5_CACHE": self.cache, "SOLO5_BUILD": self.build, "PYTHONPATH": _ROOT}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOLO5_", "PYTEST_"))}
        return kept | {name: str(path) for name, path in settings.items()}

    def processes(self) -> list[str]:
        """Return those that have our TMPDIR."""
        mark = f"TMPDIR={self.temporary}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if mark in (entry / "environ").read_bytes().split(b"\0"):
                        words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                        found.append(f"process {entry.name}: {words[:120]}")
                except OSError:
                    continue
        return found

    def left(self) -> Iterator[str]:
        """Yield what should not be there, after the dying have had their time."""
        deadline = time.monotonic() + _DEATH_S
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.01)
        yield from self.processes()
        yield from (f"file {path}" for path in self.temporary.iterdir())
        yield from (f"unfinished {path}" for path in self._unfinished())
        for path in (self.cache / "containers").glob("*"):
            yield f"record of a container {path}"
        yield from sorted(self._of_system() - self._system)

    def clear(self) -> None:
        """Remove what was left, so that it counts once."""
        for line in self.processes():
            os.kill(int(line.split()[1].rstrip(":")), signal.SIGKILL)
        for path in (*self.temporary.iterdir(), *self._unfinished()):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _unfinished(self) -> list[Path]:
        paths = (path for root in (self.cache, self.build) for path in root.rglob("*"))
        return [path for path in paths if _UNFINISHED.search(path.name)]

    def _of_system(self) -> set[str]:
        links = (f"network device {path.name}" for path in Path("/sys/class/net").iterdir())
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        own = (f"mount {line.split()[4]}" for line in mounts if str(self.temporary.parent) in line)
        named = (f"network namespace {path.name}" for path in Path("/run/netns").glob("*"))
        return {*links, *own, *named}


def _verbs(guests: Mapping[str, Path], arch: str, other: str) -> dict[str, Verb]:
    cell = f"spt-{arch}"
    return {
        "run": Verb(("run", str(guests["hello"])), before=_sometimes_no_machine),
        "run-here": Verb(("run", "--place", "vm", str(guests["here"])), before=_sometimes_no_machine),
        "explain": Verb(("explain", f"hello-{cell}"), needs_build=False),
        "matrix": Verb(
            ("matrix", "--cell", cell, "--case", "hello", "--case", "time", "--plain", "--no-cache", "-n", "2")
        ),
        "matrix-vm": Verb(("matrix", "--cell", f"spt-{other}", "--case", "hello", "--plain", "--no-cache")),
        "matrix-known": Verb(("matrix", "--cell", cell, "--case", "hello", "--plain")),
        "shell": Verb(
            ("shell", arch, "--", "sh", "-c", "solo5-spt hello.spt; sleep 0.2"), before=_sometimes_no_machine
        ),
        "build": Verb(("build", arch), before=_something_to_build),
        "fetch": Verb(("fetch", arch), status=3, before=_something_to_fetch, needs_build=False),
        "bench": Verb(("bench", "--turns", "1", "--only", "hello*")),
        "doctor": Verb(("doctor",), needs_build=False),
    }


def _sometimes_no_machine(world: World) -> None:
    if _CHANCE.random() < _RARELY:
        shutil.rmtree(world.cache / "vm", ignore_errors=True)


def _something_to_build(world: World) -> None:
    """Remove some objects; rarely, what Meson made."""
    objects = sorted(world.build.rglob("*.o"))
    for path in _CHANCE.sample(objects, min(12, len(objects))):
        path.unlink()
    if _CHANCE.random() < _RARELY:
        for path in world.build.glob("*/build.ninja"):
            path.unlink()


def _something_to_fetch(world: World) -> None:
    """Let nothing of one kind be in the cache, and its source be slow and at last refuse; nobody is asked."""
    for path in world.cache.glob("busybox-static*"):
        path.unlink()
    script = world.programs / "apt-get"
    if not script.exists():
        temporary = 'f=$(mktemp); trap "rm -f $f" EXIT; trap "exit 1" TERM INT; sleep 0.1 & wait'
        for name in ("apt-get", "apt-cache"):
            (world.programs / name).write_text(f"#!/bin/sh\n{temporary}\nexit 100\n")
            (world.programs / name).chmod(0o755)


@dataclass
class Tally:
    """What came of the moments of one verb."""

    ends: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)


class Stress:
    """The moments of one verb."""

    def __init__(self, verb: Verb, world: World) -> None:
        self._verb = verb
        self._world = world
        self.tally = Tally()

    def _start(self) -> subprocess.Popen[bytes]:
        self._verb.before(self._world)
        path = f"{self._world.programs}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            ["env", "--default-signal=INT,TERM,HUP", sys.executable, "-m", "solo5.cli", *self._verb.words],
            cwd=_ROOT,
            env={**self._world.environment(), "PATH": path},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def whole(self) -> float:
        """Let it end by itself; return how long that took."""
        start = time.monotonic()
        process = self._start()
        _, said = process.communicate(timeout=_RUN_S)
        self._judge(process.returncode, said.decode(errors="replace"), None, "nobody ended it")
        return time.monotonic() - start

    def moment(self, most_s: float) -> None:
        """End it at some time."""
        at_s = _CHANCE.uniform(0, most_s)
        number, to_group = _CHANCE.choice(_SIGNALS), _CHANCE.random() < 0.5
        what = f"{number.name} to {'group' if to_group else 'process'} after {at_s:.3f} s"
        process = self._start()
        try:
            _, said = process.communicate(timeout=at_s)
        except subprocess.TimeoutExpired:
            (os.killpg if to_group else os.kill)(process.pid, number)
            try:
                _, said = process.communicate(timeout=_END_S)
            except subprocess.TimeoutExpired:
                self._tell(f"{what}: did not end within {_END_S:.0f} s")
                process.kill()
                _, said = process.communicate()
        self._judge(process.returncode, said.decode(errors="replace"), number, what)

    def _tell(self, fault: str) -> None:
        print(f"  {fault}", flush=True)
        self.tally.faults.append(fault)

    def _judge(self, status: int, said: str, number: signal.Signals | None, what: str) -> None:
        faults = list(self._world.left())
        if "Traceback" in said or "Exception ignored" in said or "a bug of ours" in said:
            if _PYTHONS_OWN.search(said) and not _OURS.search(said):
                self.tally.ends["in Python's own start"] += 1
                status = self._verb.status
            else:
                faults.append(f"it said: {said[-3000:]}")
        if status == self._verb.status:
            self.tally.ends["by itself"] += 1
        elif number is not None and status == 128 + number:
            self.tally.ends["with 128 + N"] += 1
        elif number is not None and status == -number:
            self.tally.ends["by the signal itself"] += 1
        else:
            faults.append(f"status {status}; it said: {said[-3000:]}")
        for fault in faults:
            self._tell(f"{what}: {fault}")
        self._world.clear()


def main() -> int:
    """Do it, and say what was found; 1: something was left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moments", type=int, default=200, metavar="N", help="of each verb")
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    parser.add_argument("verb", nargs="*", help="only these")
    asked = parser.parse_args()
    seed = _CHANCE.randrange(1 << 32) if asked.seed is None else asked.seed
    _CHANCE.seed(seed)
    print(f"seed {seed}", flush=True)
    failed = False
    with tempfile.TemporaryDirectory(prefix="interrupts-") as folder:
        world = World(Path(folder).resolve())
        for name, stress in _stresses(world, asked.verb):
            tally = stress.tally
            # The first one makes what later ones find.
            first_s, most_s = stress.whole(), stress.whole()
            if tally.faults:
                print(f"{name}: fails by itself", flush=True)
                return 1
            for number in range(1, asked.moments + 1):
                stress.moment(first_s if _CHANCE.random() < _RARELY else 1.05 * most_s)
                if number % _TOLD == 0:
                    print(f"{name}: {number} of {asked.moments}; {len(tally.faults)} faults", flush=True)
            stress.whole()
            ends = ", ".join(f"{count} {end}" for end, count in tally.ends.items())
            print(f"{name}: {first_s:.1f} s, {most_s:.1f} s; {ends}; {len(tally.faults)} faults", flush=True)
            failed = failed or bool(tally.faults)
    return int(failed)


def _stresses(world: World, names: list[str]) -> Iterator[tuple[str, Stress]]:
    from solo5.facts import tree  # noqa: PLC0415 - found from here as a program

    here = next(arch for arch in tree().archs() if arch.is_host).name
    other = next(arch for arch in tree().archs() if not arch.is_host).name
    guests = {name: world.build / arch / "tests/guests/hello.spt" for name, arch in (("hello", other), ("here", here))}
    verbs = _verbs(guests, here, other)
    chosen = names or list(verbs)
    if any(verbs[name].needs_build for name in chosen):
        words = [sys.executable, "-m", "solo5.cli", "build", here, other]
        subprocess.run(words, cwd=_ROOT, env=world.environment(), check=True, stdout=subprocess.DEVNULL)
    for name in chosen:
        yield name, Stress(verbs[name], world)


if __name__ == "__main__":
    sys.exit(main())
