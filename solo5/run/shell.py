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

from solo5 import debian, needs, options
from solo5.agent.job import Job, Stdin, Tap
from solo5.build import Built, build
from solo5.facts import DEFAULT_COMPILER, Arch, Tree, tree
from solo5.options import Parser
from solo5.run import terminal
from solo5.run.single import FOREVER_S, pass_on, status

_BUSYBOX: Final = "/bin/busybox"
_GUESTS: Final = "/guest"
_DISK: Final = "disk.img"
_DISK_BYTES: Final = 1 << 20
_TAP: Final = "tap0"


def files(built: Built, of: Tree) -> dict[str, Path]:
    """Return what the machine holds: tenders, test guests, their network peer, and a shell."""
    found = {_BUSYBOX.lstrip("/"): debian.shell(built.arch, at=of), f"tender/{built.peer.name}": built.peer}
    for cell in of.cells():
        if cell.arch == built.arch.name:
            target = of.target(cell.target)
            found |= {f"tender/{each.name}": each for each in built.tenders(target)}
            guests = sorted(built.guest("any", target).parent.glob(f"*.{target.name}"))
            found |= {f"{_GUESTS.lstrip('/')}/{guest.name}": guest for guest in guests}
    return found


def job(arch: Arch, command: Sequence[str], stdin: Stdin) -> Job:
    """Return the job: a command if there is one, else a shell, which prompts on a terminal."""
    then = 'exec "$@"' if command else "exec sh" if stdin == "pipe" else "exec sh -i"
    disk = f"ln -s $PWD/{_DISK} {_GUESTS}/{_DISK}"
    environment = {
        "PATH": "/tender:/bin",
        "HOME": _GUESTS,
        "TERM": os.environ.get("TERM", "linux"),
        "PS1": f"{arch.name}:\\w\\$ ",
    }
    words = (shlex.quote(f"{name}={value}") for name, value in environment.items())
    script = f"export {' '.join(words)}; {disk}; cd {_GUESTS}; {then}"
    return Job(
        argv=(_BUSYBOX, "sh", "-c", script, "sh", *command),
        blanks={_DISK: _DISK_BYTES},
        taps=(Tap(_TAP),),
        stdin=stdin,
        deadline_s=FOREVER_S,
    )


def main(words: Sequence[str]) -> int:
    """Run it; return the exit status of the shell or the command, 128 + signal if it was killed."""
    at = words.index("--") if "--" in words else len(words)
    parser = Parser(
        "solo5 shell",
        "Open a prompt in an architecture's virtual machine, with the build's files: tenders, test guests, "
        f"a tap {_TAP}, a disk {_DISK}. Ctrl-] ends it at once. Without a terminal, run what comes on standard "
        "input; with words behind --, run those.",
    )
    name = parser.add_argument("arch", metavar="ARCH", help="one of the tree's")
    options.complete(name, lambda: tree().arch_names)
    toolchain = parser.add_argument("--toolchain", default=DEFAULT_COMPILER, metavar="NAME", help="of the build to try")
    options.complete(toolchain, lambda: tree().compiler_names)
    asked, command = parser.parse_args(list(words[:at])), words[at + 1 :]
    of = tree()
    arch = of.arch(asked.arch)
    built = _built(arch, asked.toolchain, of)
    needs.require([arch], build=None, native=False, at=of)
    return _run(built, command, of)


def _built(arch: Arch, toolchain: str, of: Tree) -> Built:
    """Return the build as it is; build it if it is not there."""
    of.compiler(toolchain)
    built = Built.at(of, arch, toolchain)
    if all(path.exists() for path in (built.agent, built.peer)):
        return built
    needs.require([arch], run=False, native=False, build=toolchain, at=of)
    print(f"solo5: building {arch.name}", file=sys.stderr, flush=True)
    return build(arch, toolchain=toolchain, at=of)


def _run(built: Built, command: Sequence[str], of: Tree) -> int:
    from solo5.run.place import open_place  # noqa: PLC0415 - not for --help

    with contextlib.closing(open_place("vm", built, files(built, of))) as place:
        if not terminal.is_terminal():
            return status(place.run(job(built.arch, command, "pipe"), pass_on, terminal.Pipe()))
        with terminal.raw() as source:
            outcome = place.run(job(built.arch, command, terminal.window()), pass_on, source)
        return status(outcome)
