# SPDX-License-Identifier: ISC
"""solo5.matrix.jobs: from a case to a job."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from solo5 import launch
from solo5.agent.job import Job, Tap, Truncation
from solo5.builder import Built
from solo5.errors import UsageError
from solo5.facts import tree
from solo5.matrix import case, cases, jobs
from solo5.matrix.programs import Programs

CELL = tree().cells()[0]
TARGET = tree().target(CELL.target)
ARCH = tree().arch(CELL.arch)
GUEST = cases.Guest("one", Path("one"), Path("one/one.c"), ())
LAUNCHER = launch.of(TARGET, tree())
BUILT = Built(ARCH, Path("/b"))


def prepared(what: cases.Item) -> jobs.Prepared:
    """Return the job of an item in that cell, and what it needs besides."""
    return jobs.prepare(what, TARGET, LAUNCHER, BUILT)


def item(**fields: Any) -> cases.Item:  # noqa: ANN401 - fields of many types
    """Return a case with those fields in some cell."""
    values: dict[str, Any] = {"guest": "one", "about": "x", "expect": case.Expect(status=0), **fields}
    return cases.Item(case.Case(**values), CELL, GUEST)


def test_the_least_job() -> None:
    """A case without devices is the tender and the guest."""
    expected = Job(argv=(f"/tender/{LAUNCHER.program}", f"/guest/one.{TARGET.name}"))
    assert prepared(item()).job == expected


def test_devices_and_arguments_become_options() -> None:
    """Memory, devices, further options, kernel and arguments stand in this order."""
    made = prepared(
        item(
            mem_mb=2,
            args=("a", "b c"),
            options=("--x-exec-heap", "--net:more={tap:service}"),
            block=(case.Block("disk", 1024), case.Block("big", 8192, sector_size=4096)),
            net=(case.Net("service", mac="02:00:00:00:00:01"), case.Net("fd", 9000, as_fd=True)),
        )
    ).job
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
    made = prepared(item(block=(case.Block("disk", 512, attach=False),), net=(case.Net("service", attach=False),))).job
    assert made.argv[1:] == (f"/guest/one.{TARGET.name}",)
    assert made.blanks == {"disk.img": 512}
    assert made.taps == (Tap("service"),)


def test_argv_replaces_everything() -> None:
    """With argv, only what stands there is said; names in braces are filled in."""
    made = prepared(
        item(
            argv=("--mem=12x", "--block:disk={block:disk}", "{kernel}", "{fill:3}", "{tap:service}"),
            block=(case.Block("disk", 512),),
            net=(case.Net("service"),),
        )
    ).job
    # Only the place knows the tap.
    kernel = f"/guest/one.{TARGET.name}"
    assert made.argv[1:] == ("--mem=12x", "--block:disk=disk.img", kernel, "xxx", "{tap:service}")


def test_everything_else_is_passed_on() -> None:
    """Sink, personality, deadline, room, truncation and peer reach the job."""
    found = prepared(
        item(
            stdout="full",
            personality=0x400000,
            deadline_s=3.0,
            folder_bytes=65536,
            truncate_on=case.Truncate("READY", "disk"),
            peer=("echo", "{tap:service}"),
            kernel="/nonexistent",
            block=(case.Block("disk", 4, fill="pattern"),),
            expect=case.Expect(status=0, block_size={"disk": 4}),
        )
    )
    assert found.contents == {"disk.img": bytes([0, 31, 62, 93])}
    assert found.job == Job(
        argv=(f"/tender/{LAUNCHER.program}", "--block:disk=disk.img", "/nonexistent"),
        fetch=("disk.img",),
        folder_bytes=65536,
        peer=("/peer", "echo", "{tap:service}"),
        stdout="full",
        personality=0x400000,
        truncation=Truncation("READY", "disk.img"),
        deadline_s=3.0,
    )


FIXTURE = "def make(arch, target, variant): return f'{arch.name} {target.name} {variant}'.encode()\n"


def test_a_fixture_travels_with_its_job(tmp_path: Path) -> None:
    """The bytes of a guest that is no program lie in the job's folder: its module makes those of a cell and variant."""
    program = tmp_path / "one.py"
    program.write_text(FIXTURE)
    guest = cases.Guest("one", tmp_path, program, ())
    made = prepared(dataclasses.replace(item(variant="v"), guest=guest))
    assert made.job.argv[1:] == (f"one.{TARGET.name}",)
    assert made.contents == {f"one.{TARGET.name}": f"{ARCH.name} {TARGET.name} v".encode()}


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 131071, 131072, 131073, 300000])
def test_pattern(size: int) -> None:
    """The pattern's byte at an offset is (offset * 31 + offset // 512) & 0xff, however large the image."""
    expected = bytes((at * 31 + at // 512) & 0xFF for at in range(size))
    assert jobs.image("pattern", size) == expected


def test_other_fills() -> None:
    """Images are zeroes, or lines that say their own offset."""
    assert jobs.image("zero", 5) == bytes(5)
    assert jobs.image("text", 20) == b"000000000000000\n0000"


def test_a_caller_starts_the_launchers_command() -> None:
    """What a case says of its caller stands before the command, and the place holds the program."""
    plain, called = prepared(item(args=("a",))), prepared(item(args=("a",), caller=("closing", "{fill:2}")))
    assert (jobs.CALLER, "closing", "xx", "--", *plain.job.argv) == called.job.argv
    assert {**plain.programs, jobs.CALLER: Programs(BUILT).caller} == called.programs


def test_a_caller_is_given_files_of_the_tree(tmp_path: Path) -> None:
    """A file is named relative to the guest's folder, and lies in the job's; one that is not there is one line."""
    guest = cases.Guest("one", tmp_path / "one", tmp_path / "one" / "one.c", ())
    (tmp_path / "one").mkdir()
    (tmp_path / "a.conf").write_text("x")
    asked = dataclasses.replace(item(caller=("serving", "{file:../a.conf}")), guest=guest)
    made = prepared(asked)
    assert (jobs.CALLER, "serving", "a.conf", "--") == made.job.argv[:4]
    assert {"a.conf": b"x"} == made.contents
    (tmp_path / "a.conf").unlink()
    with pytest.raises(UsageError, match=r"one: \{file:...\}: .*/a.conf: No such file or directory"):
        prepared(asked)


def test_what_a_place_must_hold() -> None:
    """A place holds what the launcher needs, the compiled guest, and the peer where there is one."""
    expected = {**LAUNCHER.programs(BUILT), f"/guest/one.{TARGET.name}": Programs(BUILT).guest("one", TARGET)}
    assert prepared(item()).programs == expected
    assert prepared(item(peer=("echo",))).programs == {**expected, jobs.PEER: Programs(BUILT).peer}
