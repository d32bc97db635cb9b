# SPDX-License-Identifier: ISC
"""From a case in a cell to a job: plain values, nothing is run.

A job's paths are those of a place: what a launcher needs, the compiled guest
the peer and the caller lie below /, images and the bytes of fixtures in the job's folder.
What a case may say, solo5.matrix.case owns; what becomes of jobs, solo5.matrix.plan.
"""

from __future__ import annotations

import functools
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from solo5.agent.job import Job, Tap, Truncation
from solo5.builder import Built
from solo5.errors import UsageError
from solo5.facts import Arch, Target
from solo5.launch import Disk, Launch, Launcher, Net
from solo5.matrix.case import Block, Case, Fill
from solo5.matrix.case import Net as NetDevice
from solo5.matrix.cases import Item
from solo5.matrix.programs import Programs

CALLER = "/caller"
PEER = "/peer"

#: A file of the tree, relative to the guest's folder.
_FILE = re.compile(r"\{file:([^}]*)\}")

Make = Callable[[Arch, Target, str], bytes]

#: One period of the pattern: offset * 31 and offset // 512 both repeat.
_PERIOD = 512 * 256


@dataclass(frozen=True)
class Prepared:
    """A job, and what it needs besides."""

    job: Job
    """Without the content of its files."""
    contents: Mapping[str, bytes]
    """Of the files in its folder."""
    programs: Mapping[str, Path]
    """What its place holds, by path in it; may not be built yet."""


@functools.lru_cache(maxsize=64)
def image(fill: Fill, size_bytes: int) -> bytes:
    """Return the first content of a disk image.

    zero: zeroes. pattern: the byte at an offset is
    (offset * 31 + offset // 512) & 0xff, which differs between neighbours and
    between blocks; guests check it with image_pattern() of tests/guests/guest.h.
    text: lines of 16 bytes, each the decimal offset where it begins.
    """
    if fill == "zero":
        return bytes(size_bytes)
    if fill == "text":
        lines = (b"%015d\n" % offset for offset in range(0, size_bytes, 16))
        return b"".join(lines)[:size_bytes]
    period = bytes((at * 31 + at // 512) & 0xFF for at in range(min(size_bytes, _PERIOD)))
    return (period * (size_bytes // _PERIOD + 1))[:size_bytes]


def image_path(device: str) -> str:
    """Return where a device's image is, in the job's folder."""
    return f"{device}.img"


def guest_path(guest: str, target: Target) -> str:
    """Return where a compiled guest is in a place."""
    return f"/guest/{guest}.{target.name}"


def fixture_path(case: Case, target: Target) -> str:
    """Return where the bytes of a fixture are, in the job's folder."""
    return f"{case.guest}.{target.name}"


def fixture(program: Path, case: Case, arch: Arch, target: Target) -> bytes:
    """Make the bytes of a guest that is no C program.

    Its module defines make(arch, target, variant) -> bytes.
    """
    return _load_make(program)(arch, target, case.variant or "")


@functools.cache
def _load_make(path: Path) -> Make:
    spec = importlib.util.spec_from_file_location(f"solo5_fixture_{path.stem}", path)
    if spec is None or spec.loader is None:
        message = f"{path}: not a Python module"
        raise UsageError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    make: Make | None = getattr(module, "make", None)
    if make is None:
        message = f"{path}: has no make(arch, target, variant)"
        raise UsageError(message)
    return make


def prepare(item: Item, target: Target, launcher: Launcher, built: Built) -> Prepared:
    """Return the job of an item."""
    case = item.case
    programs = dict(launcher.programs(built))
    contents: dict[str, bytes] = {}
    if item.guest.is_fixture:
        kernel = fixture_path(case, target)
        contents[kernel] = fixture(item.guest.program, case, built.arch, target)
    else:
        kernel = guest_path(case.guest, target)
        programs[kernel] = Programs(built).guest(case.guest, target)
    if case.caller:
        programs[CALLER] = Programs(built).caller
        contents |= _files(item)
    if case.peer:
        programs[PEER] = Programs(built).peer
    blanks: dict[str, int] = {}
    for block in case.block:
        if block.fill == "zero":
            blanks[image_path(block.name)] = block.size_bytes
        else:
            contents[image_path(block.name)] = image(block.fill, block.size_bytes)
    truncation = None
    if case.truncate_on is not None:
        truncation = Truncation(case.truncate_on.text, image_path(case.truncate_on.block))
    job = Job(
        argv=(*_caller(case, kernel), *_command(case, kernel, launcher)),
        blanks=blanks,
        fetch=tuple(image_path(name) for name in case.expect.block_size),
        folder_bytes=case.folder_bytes,
        taps=tuple(Tap(net.name, net.mtu, net.as_fd) for net in case.net),
        peer=(PEER, *case.peer) if case.peer else (),
        stdout=case.stdout,
        personality=case.personality,
        truncation=truncation,
        deadline_s=case.deadline_s,
    )
    return Prepared(job, contents, programs)


def _caller(case: Case, kernel: str) -> tuple[str, ...]:
    """Return what stands before the job's command."""
    return (CALLER, *(_filled(word, kernel) for word in case.caller), "--") if case.caller else ()


def _files(item: Item) -> dict[str, bytes]:
    """Return the files that words of its caller name, by path in the job's folder."""
    paths = [item.guest.folder / name for word in item.case.caller for name in _FILE.findall(word)]
    try:
        return {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        message = f"{item.guest.folder}: {{file:...}}: {error.filename}: {error.strerror}"
        raise UsageError(message) from error


def _command(case: Case, kernel: str, launcher: Launcher) -> tuple[str, ...]:
    """Return the job's command."""
    if case.argv is not None:
        return launcher.plain_command(tuple(_filled(word, kernel) for word in case.argv))
    launch = Launch(
        guest=_filled(case.kernel or kernel, kernel),
        args=tuple(_filled(word, kernel) for word in case.args),
        mem_mb=case.mem_mb,
        disks=tuple(_disk(block) for block in case.block if block.attach),
        nets=tuple(_net(net) for net in case.net if net.attach),
        options=tuple(_filled(word, kernel) for word in case.options),
    )
    return launcher.command(launch)


def _disk(block: Block) -> Disk:
    return Disk(block.name, image_path(block.name), block.sector_size)


def _net(net: NetDevice) -> Net:
    return Net(net.name, f"{{tap:{net.name}}}", net.mac)


def _filled(word: str, kernel: str) -> str:
    """Replace {kernel}, {block:NAME} (path of an image), {fill:N} (N letters) and {file:PATH} (a copy of a file).

    {tap:NAME} stays: only the place knows the tap.
    """
    word = word.replace("{kernel}", kernel)
    word = re.sub(r"\{block:([^}]*)\}", lambda match: image_path(match[1]), word)
    word = _FILE.sub(lambda match: Path(match[1]).name, word)
    return re.sub(r"\{fill:(\d+)\}", lambda match: "x" * int(match[1]), word)
