# SPDX-License-Identifier: ISC
"""From a case in a cell to a job: plain values, nothing is run.

A job's paths are those of a place (solo5.run.place): the built programs lie
in /tender and /guest, images and the bytes of fixtures in the job's folder.
What a case may say, solo5.matrix.cases owns; how a job is run, solo5.run.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from solo5.agent.job import Job, Tap, Truncation
from solo5.build import Built
from solo5.errors import UsageError
from solo5.facts import Arch, Target, Tree
from solo5.matrix.cases import Block, Case, Fill, Guest, Item
from solo5.matrix.programs import Programs

PEER = "/peer"

Make = Callable[[Arch, Target, str], bytes]

#: One period of the pattern: offset * 31 and offset // 512 both repeat.
_PERIOD = 512 * 256


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


def tender_path(target: Target) -> str:
    """Return where a target's tender is in a place."""
    return f"/tender/{target.tender}"


def guest_path(guest: str, target: Target) -> str:
    """Return where a compiled guest is in a place."""
    return f"/guest/{guest}.{target.name}"


def fixture_path(case: Case, target: Target) -> str:
    """Return where the bytes of a fixture are, in the job's folder."""
    return f"{case.guest}.{target.name}"


def place_files(built: Built, targets: Iterable[Target], guests: Iterable[str]) -> dict[str, Path | bytes]:
    """Return what a place needs for those guests on those targets."""
    programs = Programs(built)
    files: dict[str, Path | bytes] = {PEER: programs.peer}
    names = sorted(guests)
    for target in targets:
        files[tender_path(target)] = built.tender(target)
        files |= {guest_path(name, target): programs.guest(name, target) for name in names}
    return files


def fixture(guest: Guest, case: Case, arch: Arch, target: Target) -> bytes:
    """Make the bytes of a guest that is no C program.

    Its module defines make(arch, target, variant) -> bytes.
    """
    make = _load_make(guest.program)
    return make(arch, target, case.variant or "")


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


def job(item: Item, target: Target, fixture_bytes: bytes | None = None) -> Job:
    """Return the job of an item; `fixture_bytes` is its guest, if not compiled."""
    case = item.case
    kernel = guest_path(case.guest, target)
    files: dict[str, bytes] = {}
    if fixture_bytes is not None:
        kernel = fixture_path(case, target)
        files[kernel] = fixture_bytes
    blanks: dict[str, int] = {}
    for block in case.block:
        if block.fill == "zero":
            blanks[image_path(block.name)] = block.size_bytes
        else:
            files[image_path(block.name)] = image(block.fill, block.size_bytes)
    truncation = None
    if case.truncate_on is not None:
        truncation = Truncation(case.truncate_on.text, image_path(case.truncate_on.block))
    return Job(
        argv=(tender_path(target), *_words(case, kernel)),
        files=files,
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


def _words(case: Case, kernel: str) -> list[str]:
    """Return the tender's arguments."""
    if case.argv is not None:
        return [_filled(word, kernel) for word in case.argv]
    words = [] if case.mem_mb is None else [f"--mem={case.mem_mb}"]
    for block in case.block:
        words += _block_options(block)
    for net in case.net:
        if net.attach:
            words.append(f"--net:{net.name}={{tap:{net.name}}}")
            words += [] if net.mac is None else [f"--net-mac:{net.name}={net.mac}"]
    words += [*case.options, case.kernel or kernel, *case.args]
    return [_filled(word, kernel) for word in words]


def _block_options(block: Block) -> list[str]:
    if not block.attach:
        return []
    words = [f"--block:{block.name}={image_path(block.name)}"]
    if block.sector_size is not None:
        words.append(f"--block-sector-size:{block.name}={block.sector_size}")
    return words


def _filled(word: str, kernel: str) -> str:
    """Replace {kernel}, {block:NAME} (path of an image) and {fill:N} (N letters).

    {tap:NAME} stays: only the place knows the tap.
    """
    word = word.replace("{kernel}", kernel)
    word = re.sub(r"\{block:([^}]*)\}", lambda match: image_path(match[1]), word)
    return re.sub(r"\{fill:(\d+)\}", lambda match: "x" * int(match[1]), word)


def targets_of(items: Iterable[Item], of: Tree) -> Mapping[str, tuple[Target, ...]]:
    """Return, by architecture, the targets that those items need."""
    names: dict[str, set[str]] = {}
    for item in items:
        names.setdefault(item.cell.arch, set()).add(item.cell.target)
    return {arch: tuple(of.target(name) for name in sorted(found)) for arch, found in names.items()}
