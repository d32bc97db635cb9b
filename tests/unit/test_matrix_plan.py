# SPDX-License-Identifier: ISC
"""solo5.matrix.plan: from a case to a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solo5.agent.job import Job, Tap, Truncation
from solo5.build import Built
from solo5.facts import Cell, tree
from solo5.matrix import cases, plan
from solo5.matrix.programs import Programs

CELL = tree().cells()[0]
TARGET = tree().target(CELL.target)
ARCH = tree().arch(CELL.arch)
GUEST = cases.Guest("one", Path("one"), Path("one/one.c"), ())


def item(**fields: Any) -> cases.Item:  # noqa: ANN401 - fields of many types
    """Return a case with those fields in some cell."""
    values: dict[str, Any] = {"guest": "one", "about": "x", "expect": cases.Expect(status=0), **fields}
    return cases.Item(cases.Case(**values), CELL, GUEST)


def test_the_least_job() -> None:
    """A case without devices is the tender and the guest."""
    expected = Job(argv=(f"/tender/{TARGET.tender}", f"/guest/one.{TARGET.name}"))
    assert plan.job(item(), TARGET) == expected


def test_devices_and_arguments_become_options() -> None:
    """Memory, devices, further options, kernel and arguments stand in this order."""
    made = plan.job(
        item(
            mem_mb=2,
            args=("a", "b c"),
            options=("--x-exec-heap", "--net:more={tap:service}"),
            block=(cases.Block("disk", 1024), cases.Block("big", 8192, sector_size=4096)),
            net=(cases.Net("service", mac="02:00:00:00:00:01"), cases.Net("fd", 9000, as_fd=True)),
        ),
        TARGET,
    )
    assert made.argv[1:] == (
        "--mem=2",
        "--block:disk=disk.img",
        "--block:big=big.img",
        "--block-sector-size:big=4096",
        "--net:service={tap:service}",
        "--net-mac:service=02:00:00:00:00:01",
        "--net:fd={tap:fd}",
        "--x-exec-heap",
        "--net:more={tap:service}",
        f"/guest/one.{TARGET.name}",
        "a",
        "b c",
    )
    assert made.taps == (Tap("service"), Tap("fd", 9000, as_fd=True))
    assert made.blanks == {"disk.img": 1024, "big.img": 8192}


def test_what_is_not_attached_exists_all_the_same() -> None:
    """With attach = false, image and tap are made, and the tender is not told."""
    made = plan.job(
        item(block=(cases.Block("disk", 512, attach=False),), net=(cases.Net("service", attach=False),)),
        TARGET,
    )
    assert made.argv[1:] == (f"/guest/one.{TARGET.name}",)
    assert made.blanks == {"disk.img": 512}
    assert made.taps == (Tap("service"),)


def test_argv_replaces_everything() -> None:
    """With argv, only what stands there is said; names in braces are filled in."""
    made = plan.job(
        item(
            argv=("--mem=12x", "--block:disk={block:disk}", "{kernel}", "{fill:3}", "{tap:service}"),
            block=(cases.Block("disk", 512),),
            net=(cases.Net("service"),),
        ),
        TARGET,
    )
    # Only the place knows the tap.
    kernel = f"/guest/one.{TARGET.name}"
    assert made.argv[1:] == ("--mem=12x", "--block:disk=disk.img", kernel, "xxx", "{tap:service}")


def test_everything_else_is_passed_on() -> None:
    """Sink, personality, deadline, room, truncation and peer reach the job."""
    made = plan.job(
        item(
            stdout="full",
            personality=0x400000,
            deadline_s=3.0,
            folder_bytes=65536,
            truncate_on=cases.Truncate("READY", "disk"),
            peer=("echo", "{tap:service}"),
            kernel="/nonexistent",
            block=(cases.Block("disk", 4, fill="pattern"),),
            expect=cases.Expect(status=0, block_size={"disk": 4}),
        ),
        TARGET,
    )
    assert made == Job(
        argv=(f"/tender/{TARGET.tender}", "--block:disk=disk.img", "/nonexistent"),
        files={"disk.img": bytes([0, 31, 62, 93])},
        fetch=("disk.img",),
        folder_bytes=65536,
        peer=("/peer", "echo", "{tap:service}"),
        stdout="full",
        personality=0x400000,
        truncation=Truncation("READY", "disk.img"),
        deadline_s=3.0,
    )


def test_a_fixture_travels_with_its_job() -> None:
    """The bytes of a guest that is no program lie in the job's folder."""
    made = plan.job(item(), TARGET, b"\x7fELF")
    assert made.argv[1:] == (f"one.{TARGET.name}",)
    assert made.files == {f"one.{TARGET.name}": b"\x7fELF"}


def test_fixture_calls_make(tmp_path: Path) -> None:
    """A fixture's module makes the bytes of an architecture, target and variant."""
    program = tmp_path / "one.py"
    program.write_text("def make(arch, target, variant): return f'{arch.name} {target.name} {variant}'.encode()\n")
    guest = cases.Guest("one", tmp_path, program, ())
    made = plan.fixture(guest, item(variant="v").case, ARCH, TARGET)
    assert made == f"{ARCH.name} {TARGET.name} v".encode()


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 131071, 131072, 131073, 300000])
def test_pattern(size: int) -> None:
    """The pattern's byte at an offset is (offset * 31 + offset // 512) & 0xff, however large the image."""
    expected = bytes((at * 31 + at // 512) & 0xFF for at in range(size))
    assert plan.image("pattern", size) == expected


def test_other_fills() -> None:
    """Images are zeroes, or lines that say their own offset."""
    assert plan.image("zero", 5) == bytes(5)
    assert plan.image("text", 20) == b"000000000000000\n0000"


def test_place_files() -> None:
    """A place gets the peer, and of each target the tender and the guests."""
    built = Built(ARCH, Path("/b"))
    assert plan.place_files(built, [TARGET], {"one", "two"}) == {
        "/peer": Programs(built).peer,
        f"/tender/{TARGET.tender}": built.tender(TARGET),
        f"/guest/one.{TARGET.name}": Programs(built).guest("one", TARGET),
        f"/guest/two.{TARGET.name}": Programs(built).guest("two", TARGET),
    }


def test_every_item_of_the_tree_has_a_plan() -> None:
    """No name in braces is left over in any job, but those of taps that it has."""
    for each in cases.all_items(tree(), tree().cells(), full=True):
        made = plan.job(each, tree().target(each.cell.target))
        left = {word for word in made.argv for net in each.case.net if f"{{tap:{net.name}}}" in word}
        assert [word for word in made.argv if "{" in word and word not in left] == []


def test_targets_of() -> None:
    """The targets that items need are grouped by architecture."""
    items = [cases.Item(item().case, Cell(target, CELL.arch), GUEST) for target in ("spt", "hvt", "spt")]
    assert plan.targets_of(items, tree()) == {CELL.arch: (tree().target("hvt"), tree().target("spt"))}
