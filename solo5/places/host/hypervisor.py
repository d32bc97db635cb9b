# SPDX-License-Identifier: ISC
"""Whether this host's hypervisor runs guests: found by running one.

A device that opens proves little: some cloud machines have one that runs
trivial guests and fails at the first instruction on floating-point numbers.
So a guest that computes with those runs once each boot, under a deadline.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from solo5 import cache, kept, proc, shown
from solo5.errors import DeadlineError, ToolMissingError
from solo5.facts import Arch
from solo5.places import Probe

DEVICE: Final = "/dev/kvm"
_DEADLINE_S: Final = 5.0
_MOST_SHOWN: Final = 160


def obstacle(probe: Probe, arch: Arch) -> str | None:
    """Return what keeps guests from this host's hypervisor; None: nothing.

    `arch`: this host's, for the message. The answer holds until the next
    boot, or until tender or guest change.
    """
    try:
        os.close(os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC))
    except OSError as cause:
        return f"{DEVICE}: {cause.strerror}"
    try:
        key = _key(probe.tender, probe.guest)
    except FileNotFoundError:
        return f"{DEVICE}: not tried yet; to build what tries it: solo5 build {arch.name}"
    folder = cache.known()
    if folder is None:
        return _try(probe.tender, probe.guest)
    answer = folder / "hypervisor.json"
    found = _read(answer)
    if found.get("key") != key:
        found = {"key": key, "obstacle": _try(probe.tender, probe.guest)}
        _write(answer, found)
    return found["obstacle"]


def _key(tender: Path, guest: Path) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    times = [path.stat().st_mtime_ns for path in (tender, guest)]
    return f"{boot} {os.geteuid()} {tender} {times}"


def _try(tender: Path, guest: Path) -> str | None:
    try:
        done = proc.run([tender, guest], deadline_s=_DEADLINE_S)
    except (DeadlineError, ToolMissingError) as cause:
        return f"{DEVICE}: a small guest on it: {cause}"
    if done.returncode == 0:
        return None
    said = (done.stderr or done.stdout).strip().splitlines() or [b"no word"]
    return f"{DEVICE}: a small guest on it ends with status {done.returncode}: {shown.line(said[0], _MOST_SHOWN)}"


def _read(path: Path) -> dict[str, str | None]:
    """Return the answer that was kept; empty: there is none, or nothing that `_write` wrote."""
    match kept.read_values(path):
        case {"key": str(key), "obstacle": str() | None as obstacle}:
            return {"key": key, "obstacle": obstacle}
    return {}


def _write(path: Path, found: dict[str, str | None]) -> None:
    """Keep the answer, if there is a place to."""
    try:
        cache.make()
        kept.write_values(path, found)
    except OSError:
        return
