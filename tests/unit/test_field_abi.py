# SPDX-License-Identifier: ISC
"""Our guests run on other people's tenders: those that give what the ABI promises, and no extension."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from solo5 import launch, places
from solo5.agent.job import Job, Outcome, Place
from solo5.builder import Built, build
from solo5.facts import tree
from solo5.matrix.programs import Programs

_CASES = {
    "hello": ("--solo5:quiet a b", "Hello, World\nargs: 'a b'\nSUCCESS\n"),
    "globals": ("--solo5:quiet", "SUCCESS\n"),
    "time": ("--solo5:quiet", "SUCCESS\n"),
    "tls": ("--solo5:quiet", "SUCCESS\n"),
    "fpu": ("--solo5:quiet", "SUCCESS\n"),
    "blk_odd": ("--solo5:quiet", "block_size 512\ncapacity 3584\nSUCCESS\n"),
}
#: By target: its tenders.
_TENDERS = {"spt": ("solo5-field-spt",), "hvt": ("solo5-field-hvt-40", "solo5-field-hvt-56")}


@dataclass(frozen=True)
class Field:
    """A place with one of those tenders, and guests that a compiler built."""

    place: Place
    target: str

    def run(self, guest: str, cmdline: str) -> Outcome:
        """Run a guest."""
        image = "image" if guest.startswith("blk") else None
        if self.target == "spt":
            words = [f"/guest/{guest}", cmdline, *([image] if image else [])]
        else:
            words = [*([f"--block:disk={image}"] if image else []), f"/guest/{guest}", *cmdline.split()]
        return self.place.run(Job(argv=("/tender/field", *words), blanks={"image": 3584}))


_BUILDS = [
    (cell, compiler, tender)
    for cell in tree().cells()
    for compiler in tree().compiler_names
    for tender in _TENDERS[cell.target]
]


@pytest.fixture(scope="module", params=_BUILDS, ids=lambda of: f"{of[2]}-{of[0].arch}-{of[1]}")
def field(request: pytest.FixtureRequest) -> Iterator[Field]:
    """Yield each tender in a place of its architecture."""
    cell, compiler, tender = request.param
    built: Built = build(tree().arch(cell.arch), compiler=compiler)
    target = tree().target(cell.target)
    guests = {f"guest/{name}": Programs(built).guest(name, target) for name in (*_CASES, "ssp")}
    files: Mapping[str, Path | bytes] = {"tender/field": Programs(built).field / cell.target / tender, **guests}
    choice = places.choose(launch.of(target, tree()).needs(built))
    opened_place = places.kind(choice.place).open(built.arch, built.agent, files, places.Options())
    with contextlib.closing(opened_place) as opened:
        yield Field(opened, cell.target)


def test_guests_need_no_extension(field: Field) -> None:
    """Console, clocks, memory, thread-local data and block devices work without what our tender adds."""
    for guest, (cmdline, stdout) in _CASES.items():
        outcome = field.run(guest, cmdline)
        assert (guest, "status 0", stdout) == (guest, outcome.describe(), outcome.stdout.decode())


def test_the_stack_guard_differs_without_a_seed_from_the_tender(field: Field) -> None:
    """Where no tender gives a seed, the guard still is another in each run."""
    runs = [field.run("ssp", "--solo5:quiet guard") for _ in range(3)]
    assert ["status 0"] * 3 == [each.describe() for each in runs]
    assert 3 == len({each.stdout.splitlines()[0] for each in runs})
