# SPDX-License-Identifier: ISC
"""Our guests run on other people's tenders: those that give what the ABI promises, and no extension."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from solo5.agent.job import Job, Outcome, Place
from solo5.build import Built, build
from solo5.facts import Arch, tree
from solo5.run.place import choose, open_place

_CASES = {
    "hello": ("--solo5:quiet a b", "Hello, World\nargs: 'a b'\nSUCCESS\n"),
    "globals": ("--solo5:quiet", "SUCCESS\n"),
    "time": ("--solo5:quiet", "SUCCESS\n"),
    "tls": ("--solo5:quiet", "SUCCESS\n"),
    "fpu": ("--solo5:quiet", "SUCCESS\n"),
    "blk_odd": ("--solo5:quiet", "block_size 512\ncapacity 3584\nSUCCESS\n"),
}
_TARGET = "spt"


_BUILDS = [(arch, toolchain) for arch in tree().archs() for toolchain in tree().compiler_names]


@pytest.fixture(scope="module", params=_BUILDS, ids=lambda pair: f"{pair[0].name}-{pair[1]}")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Yield a place of each architecture that holds the other tender, and guests of a toolchain."""
    arch: Arch
    arch, toolchain = request.param
    built: Built = build(arch, toolchain=toolchain)
    target = tree().target(_TARGET)
    guests = {f"guest/{name}": built.guest(name, target) for name in (*_CASES, "ssp")}
    files: Mapping[str, Path | bytes] = {"tender/field": built.field, **guests}
    name, _ = choose(built)
    with contextlib.closing(open_place(name, built, files)) as opened:
        yield opened


def _run(place: Place, guest: str, cmdline: str) -> Outcome:
    images = ("image",) if guest.startswith("blk") else ()
    words = ("/tender/field", f"/guest/{guest}", cmdline, *images)
    return place.run(Job(argv=words, blanks={"image": 3584}))


def test_guests_need_no_extension(place: Place) -> None:
    """Console, clocks, memory, thread-local data and block devices work without what our tender adds."""
    for guest, (cmdline, stdout) in _CASES.items():
        outcome = _run(place, guest, cmdline)
        assert (guest, "status 0", stdout) == (guest, outcome.describe(), outcome.stdout.decode())


def test_the_stack_guard_differs_without_a_seed_from_the_tender(place: Place) -> None:
    """Where no tender gives a seed, the guard still is another in each run."""
    runs = [_run(place, "ssp", "--solo5:quiet guard") for _ in range(3)]
    assert ["status 0"] * 3 == [each.describe() for each in runs]
    assert 3 == len({each.stdout.splitlines()[0] for each in runs})
