# SPDX-License-Identifier: ISC
"""`solo5 shell`: a prompt in an architecture's virtual machine, with the build's files.

Tenders are on its PATH and test guests in its folder; it has a tap and a disk
image to try them with. All of it goes when the shell ends. Without a terminal
it runs what comes on standard input; with a command, that.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from solo5 import debian, launch, needs, places
from solo5.agent.job import Job, Stdin, Tap
from solo5.builder import Built, build
from solo5.facts import Arch, Tree
from solo5.matrix.programs import Programs
from solo5.run import terminal
from solo5.run.single import FOREVER_S, pass_on, status

_BUSYBOX: Final = "/bin/busybox"
_GUESTS: Final = "/guest"
DISK: Final = "disk.img"
_DISK_BYTES: Final = 1 << 20
TAP: Final = "tap0"


def files(built: Built, of: Tree) -> dict[str, Path]:
    """Return what the machine holds: tenders and a shell; in a checkout also test guests and their network peer."""
    programs = Programs(built)
    found = {_BUSYBOX.lstrip("/"): debian.shell(built.arch, at=of)}
    if programs.peer.exists():
        found[f"tender/{programs.peer.name}"] = programs.peer
    for cell in of.cells():
        if cell.arch == built.arch.name:
            target = of.target(cell.target)
            found |= {f"tender/{each.name}": each for each in launch.of(target, of).variants(built)}
            found |= {f"{_GUESTS.lstrip('/')}/{guest.name}": guest for guest in programs.guests(target)}
    return found


def job(arch: Arch, command: Sequence[str], stdin: Stdin) -> Job:
    """Return the job: a command if there is one, else a shell, which prompts on a terminal."""
    then = 'exec "$@"' if command else "exec sh" if stdin == "pipe" else "exec sh -i"
    # An architecture may have no guest yet.
    disk = f"mkdir -p {_GUESTS}; ln -s $PWD/{DISK} {_GUESTS}/{DISK}"
    environment = {
        "PATH": "/tender:/bin",
        "HOME": _GUESTS,
        "TERM": os.environ.get("TERM", "linux"),
        "PS1": f"{arch.name}:$PWD\\$ ",
    }
    words = (shlex.quote(f"{name}={value}") for name, value in environment.items())
    script = f"export {' '.join(words)}; {disk}; cd {_GUESTS}; {then}"
    return Job(
        argv=(_BUSYBOX, "sh", "-c", script, "sh", *command),
        blanks={DISK: _DISK_BYTES},
        taps=(Tap(TAP),),
        stdin=stdin,
        deadline_s=FOREVER_S,
    )


def ensure_built(arch: Arch, compiler: str | None, of: Tree) -> Built:
    """Return the build as it is; build it if it is not there."""
    of.compiler(compiler)
    built = Built.at(of, arch, compiler)
    targets = (of.target(cell.target) for cell in of.cells() if cell.arch == arch.name)
    programs = [path for target in targets for path in launch.of(target, of).programs(built).values()]
    if all(path.exists() for path in (built.agent, *programs)):
        return built
    needs.require([arch], run=False, native=False, compiler=compiler, at=of)
    print(f"solo5: building {arch.name}", file=sys.stderr, flush=True)
    return build(arch, compiler=compiler, at=of)


def run(built: Built, command: Sequence[str], of: Tree) -> int:
    """Open it; return the exit status of the shell or the command, 128 + signal if it was killed."""
    choice = places.choose(places.Needs(built.arch, own_kernel=True))
    opened = places.kind(choice.place).open(built.arch, built.agent, files(built, of), places.Options())
    with contextlib.closing(opened) as place:
        if not terminal.is_terminal():
            return status(place.run(job(built.arch, command, "pipe"), pass_on, terminal.Pipe()))
        with terminal.raw() as source:
            outcome = place.run(job(built.arch, command, terminal.window()), pass_on, source)
        return status(outcome)
