# SPDX-License-Identifier: ISC
"""solo5.matrix.plugin: what pytest makes of cases, and of places that fail.

In a copy of the tree, whose places are kinds that fail on demand: to add a
kind of place is to add a file. Real ones run in every other test.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from solo5 import launch, proc, selecting
from solo5.builder import Built
from solo5.errors import BuildError, ToolMissingError
from solo5.facts import Tree, tree
from solo5.matrix import cases, plan, repeat
from solo5.matrix.request import Request, failed_last, select

#: A kind of place that gives the outcome that a job's last word names.
CANNED = """
import os
from pathlib import Path
from solo5.errors import MachineError, ToolMissingError
from solo5.agent.job import Outcome

LOG = Path(__file__).parents[2] / "log"

def log(text):
    with LOG.open("a") as file:
        print(text, file=file)

class Place:
    name = "canned"

    def __init__(self, arch):
        self.arch = arch
        log(f"open {arch}")

    def run(self, job, on_output=None):
        word = job.argv[-1]
        if word == "broke":
            raise MachineError("canned: the machine has died\\nconsole: Kernel panic")
        if word == "tool":
            raise ToolMissingError("qemu: not found")
        if word == "bug":
            raise RuntimeError("oops")
        if word == "die":
            os._exit(9)
        if word == "interrupt":
            raise KeyboardInterrupt
        ends = {
            "fail": dict(status=3, stdout=b"line\\n" * 40),
            "evil": dict(status=3, stdout=b"\\x1b[2J\\xff\\r" * (1 << 20), left_out={"stdout": 5 << 20},
                         stderr=b"\\x9b31m\\n" * (1 << 20), peer_output=b"\\x00\\x07" * 1000),
            "late": dict(status=None, timed_out=True),
            "kill": dict(status=None, signal="SIGSYS", syscall="openat"),
        }
        values = dict(status=0, signal=None, syscall=None, address=None, timed_out=False, seconds=0.5,
                      stdout=b"SUCCESS\\n", stderr=b"", files={}) | ends.get(word, {})
        return Outcome(**values)

    def close(self):
        log(f"close {self.arch}")

class Kind:
    name = "canned"
    cost = -1
    here = False
    bundles = ()

    def needs(self, arch, of):
        return ()

    def obstacle(self, needs):
        return None

    def inputs(self, arch):
        return ()

    def kernel(self, arch):
        return {}

    def open(self, arch, agent, files, options):
        return Place(arch.name)

KIND = Kind()
"""
#: One that never opens.
STUCK = """
from solo5.errors import DeadlineError
from solo5.places import canned

class Kind(canned.Kind):
    name = "stuck"
    cost = 9

    def open(self, arch, agent, files, options):
        canned.log(f"try {arch.name}")
        raise DeadlineError("stuck: no first word in 30 s")

KIND = Kind()
"""

ENDINGS = {
    "pass": "passed",
    "fail": "failed",
    "late": "timed out",
    "kill": "killed",
    "broke": "place broke",
    "bug": "error",
    "tool": "skipped",
}


@dataclass(frozen=True)
class Run:
    """What a run of pytest said and left."""

    status: int
    said: str
    results: dict[str, dict[str, Any]]
    """By name of the item."""
    log: list[str]


@dataclass(frozen=True)
class Copy:
    """A tree with one guest in two cells."""

    of: Tree

    def write(self, words: tuple[str, ...]) -> None:
        """Give the guest a case for each word."""
        text = "".join(
            f'[[case]]\nname = "{word}"\nabout = "Fact {word}."\nargs = ["{word}"]\nexpect = {{status = 0}}\n'
            for word in words
        )
        (cases.guests_dir(self.of) / "one" / "cases.toml").write_text(text)

    def pytest(self, *words: str, ci: str = "") -> Run:
        """Run pytest over it."""
        (self.of.root / "log").write_text("")
        results = self.of.root / "results.json"
        results.unlink(missing_ok=True)
        own = [
            "-p",
            "solo5.matrix.plugin",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            "--solo5-results",
            str(results),
        ]
        place = ["--rootdir", str(self.of.root), str(cases.guests_dir(self.of))]
        done = proc.run(
            [sys.executable, "-m", "pytest", *own, *place, "-o", "addopts=", *words],
            kind=proc.Kind.OURS,
            cwd=self.of.root,
            env={"PYTHONPATH": str(self.of.root), "CI": ci, "COLUMNS": "120", "PYTEST_ADDOPTS": ""},
            deadline_s=60,
        )
        said = json.loads(results.read_text()) if results.exists() else []
        return Run(
            done.returncode,
            (done.stdout + done.stderr).decode(),
            {each["name"]: each for each in said},
            (self.of.root / "log").read_text().splitlines(),
        )


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a tree of the real facts, one guest, two cells of one target."""
    of = Tree(tmp_path)
    for name in ("toolchains", "solo5"):
        shutil.copytree(tree().root / name, tmp_path / name)
    for name, text in (("canned", CANNED), ("stuck", STUCK)):
        (tmp_path / "solo5" / "places" / f"{name}.py").write_text(text)
    folder = cases.guests_dir(of) / "one"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("def make(arch, target, variant): return b''\n")
    for arch in of.arch_names[:2]:
        (tmp_path / "bindings" / "arch" / arch / of.target_names[0]).mkdir(parents=True)
        target = of.target(of.target_names[0])
        built = Built.at(of, of.arch(arch))
        for path in (built.agent, *launch.of(target, tree()).programs(built).values()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return Copy(of)


def test_each_ending_is_told_apart(copy: Copy) -> None:
    """Failure, time-out, kill, broken place, bug and skip are six things, each with its report."""
    copy.write(tuple(ENDINGS))
    cell = str(copy.of.cells()[0])
    run = copy.pytest("--cell", cell, "-v")
    expected = {f"one[{word}]-{cell}": ending for word, ending in ENDINGS.items()}
    assert {name: each["ending"] for name, each in run.results.items()} == expected
    for word in ("TIMED OUT", "KILLED", "PLACE BROKE"):
        assert word in run.said
    assert "4 failed, 1 passed, 1 skipped, 1 error" in run.said
    assert run.status == 1
    # A crash, a bug and a missing tool each end the place: none is used again.
    assert run.log.count(f"open {cell.rpartition('-')[2]}") == run.log.count(f"close {cell.rpartition('-')[2]}")


def test_a_failure_is_short_and_says_how_to_repeat_it(copy: Copy) -> None:
    """The report of a failure is the fact, the differences, the end of the output and one command."""
    copy.write(("fail", "broke"))
    cell = str(copy.of.cells()[0])
    said = copy.pytest("--cell", cell).said
    expected = [
        f"one[fail]-{cell}: failed",
        "  the fact: Fact fail.",
        "  - ended with status 3, expected status 0",
        "  stdout, last 12 of 40 lines:",
        *["    line"] * 12,
        f"  in the canned, 0.50 s; to repeat: solo5 matrix --cell {cell} --case 'one[fail]'",
    ]
    assert "\n".join(expected) in said
    assert "  canned: the machine has died\n  console: Kernel panic\n" in said
    assert "Traceback" not in said


def test_what_failed_last_comes_first(copy: Copy) -> None:
    """What a plan puts first runs before all others, whatever its cell and however short it is."""
    copy.write(("a", "b", "c"))
    cells = [str(cell) for cell in copy.of.cells()]
    asked = Request(failed="first")
    failed = {f"one[b]-{cells[1]}", f"one[c]-{cells[0]}"}
    selection = failed_last(select(asked, copy.of), asked, failed, copy.of)
    made, content = plan.make(selection, asked, copy.of)
    (copy.of.root / "plan").mkdir()
    plan.write(copy.of.root / "plan", made, content)
    said = copy.pytest("--collect-only", "-q", "--solo5-plan", str(copy.of.root / "plan")).said
    order = [line.rpartition("::")[2] for line in said.splitlines() if "::" in line]
    assert [f"one[c]-{cells[0]}", f"one[b]-{cells[1]}"] == order[:2]
    assert sorted(f"one[{name}]-{cell}" for name in "abc" for cell in cells) == sorted(order)


def test_what_a_guest_wrote_does_nothing_to_a_terminal(copy: Copy) -> None:
    """Whatever it is and however much: few lines, no control character but newlines, and what was cut is said."""
    copy.write(("evil", "nonsense"))
    run = copy.pytest("--cell", str(copy.of.cells()[0]), "-k", "evil")
    (result,) = run.results.values()
    assert "".join(run.said.split("\n")).isprintable()
    assert r"    \x1b[2J\xff\r\x1b[2J\xff\r" in run.said
    assert "  stderr, last 12 of 1048576 lines:" in run.said
    assert "stdout was cut: 5242880 of its " in result["detail"][-1]
    assert "  - stdout was cut: 5242880 of its " in run.said
    assert len(json.dumps(result)) + len(run.said) < 20_000


def test_the_command_to_repeat_selects_one_case(copy: Copy) -> None:
    """What a failure tells to type runs that case and no other, even where names contain each other."""
    copy.write(("fail", "fail-2", "2-fail"))
    item = cases.all_items(copy.of, copy.of.cells(), full=True)[0]
    words = shlex.split(repeat.command(copy.of, item))
    assert words[:2] == ["solo5", "matrix"]
    said = copy.pytest(*words[2:], "--collect-only", "-q").said
    assert f"tests/guests/one/cases.toml::{item.name}\n\n1 test collected" in said


def test_every_case_of_the_tree_can_be_repeated_alone() -> None:
    """In each cell, the words that repeat an item mean that item and no other."""
    for cell in tree().cells():
        items = cases.all_items(tree(), [cell], full=True)
        for item in items:
            name = repeat.pytest_words(item)[-1]
            assert [other.name for other in items if selecting.matches(name, other.names)] == [item.name]


def test_the_command_goes_through_noxw_where_there_is_one(copy: Copy) -> None:
    """In a whole tree the command is a session's, and names soak and place where they were asked for."""
    copy.write(("soak",))
    (copy.of.root / "noxw").touch()
    table = cases.guests_dir(copy.of) / "one" / "cases.toml"
    table.write_text(table.read_text().replace("about", 'tier = "full"\nabout'))
    item = cases.all_items(copy.of, copy.of.cells(), full=True)[0]
    expected = f"./noxw -s test-{item.cell} -- --full --place vm --case 'one[soak]'"
    assert repeat.command(copy.of, item, repeat.Asked(place="vm")) == expected


def test_workers_share_the_cells(copy: Copy) -> None:
    """With two workers every item runs once and has a result, and every place is closed."""
    words = tuple(f"pass-{number}" for number in range(6))
    copy.write(words)
    run = copy.pytest("-n", "2", "--dist", "worksteal", "-q")
    expected = sorted(f"one[{word}]-{cell}" for word in words for cell in copy.of.cells())
    assert sorted(run.results) == expected
    assert run.status == 0
    opened = sorted(line.removeprefix("open ") for line in run.log if line.startswith("open "))
    closed = sorted(line.removeprefix("close ") for line in run.log if line.startswith("close "))
    assert opened == closed
    assert set(opened) == {cell.arch for cell in copy.of.cells()}


def test_a_dead_worker_costs_its_case(copy: Copy) -> None:
    """When a worker process dies, its case is an error and the others still run."""
    copy.write(("pass", "die"))
    cell = str(copy.of.cells()[0])
    run = copy.pytest("-n", "1", "--cell", cell)
    found = {name: each["ending"] for name, each in run.results.items()}
    assert found == {f"one[pass]-{cell}": "passed", f"one[die]-{cell}": "error"}


def test_a_place_that_never_opens_is_given_up(copy: Copy) -> None:
    """After two attempts nobody waits for that machine again; every case says why."""
    copy.write(("pass", "fail", "late"))
    run = copy.pytest("--place", "stuck", "--cell", str(copy.of.cells()[0]))
    assert len(run.log) == 2
    assert {each["ending"] for each in run.results.values()} == {"place broke"}
    assert {each["place"] for each in run.results.values()} == {"stuck"}
    assert {tuple(each["detail"]) for each in run.results.values()} == {("stuck: no first word in 30 s",)}


def test_in_ci_a_skip_is_an_error(copy: Copy) -> None:
    """With CI set, what cannot run is no skip but an error with the same reason."""
    copy.write(("tool",))
    run = copy.pytest("--cell", str(copy.of.cells()[0]), ci="true")
    assert (run.status, [each["ending"] for each in run.results.values()]) == (1, ["error"])
    assert [each["exit_status"] for each in run.results.values()] == [ToolMissingError.exit_status]
    assert "qemu: not found" in run.said


def test_ctrl_c_closes_the_place(copy: Copy) -> None:
    """An interrupt ends the run, and the place with it."""
    copy.write(("interrupt", "pass"))
    run = copy.pytest("--cell", str(copy.of.cells()[0]))
    assert run.status == 2
    assert [line.split()[0] for line in run.log] == ["open", "close"]


def test_a_program_that_was_not_built_is_an_error(copy: Copy) -> None:
    """A missing file is one line that says how to build it."""
    copy.write(("pass",))
    cell = copy.of.cells()[0]
    shutil.rmtree(copy.of.build_dir(cell.arch))
    run = copy.pytest("--cell", str(cell))
    assert [each["ending"] for each in run.results.values()] == ["error"]
    assert f"not built; to build it: solo5 build {cell.arch}" in run.said


def test_a_program_that_is_gone_costs_only_the_cases_that_use_it(copy: Copy) -> None:
    """Cells share a place: one whose tender is not there fails as a build does, the others' cases run."""
    copy.write(("pass",))
    has = copy.of.cells()[0]
    lacks = replace(has, target=copy.of.target_names[1])
    (copy.of.root / "bindings" / "arch" / lacks.arch / lacks.target).mkdir()
    run = copy.pytest("--cell", str(has), "--cell", str(lacks))
    found = {each["cell"]: (each["ending"], each["exit_status"]) for each in run.results.values()}
    assert found == {str(has): ("passed", 0), str(lacks): ("error", BuildError.exit_status)}


def test_a_mistake_in_a_table_is_one_line(copy: Copy) -> None:
    """A table that cannot be read shows as the line that names the mistake."""
    (cases.guests_dir(copy.of) / "one" / "cases.toml").write_text("[[case]]\n")
    run = copy.pytest()
    lines = run.said.splitlines()
    assert "tests/guests/one/cases.toml: case 1: about: missing; expected a string" in lines
    assert "Traceback" not in run.said


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--cell", "spt-vax"), "ERROR: cell 'spt-vax': not known; known: "),
        (("--case", "pas"), "ERROR: case 'pas': not known; known: one[pass]"),
        (("--kernel", "long-lost"), "ERROR: kernel 'long-lost': not known; known: "),
        (("--kernel", "one", "--kernel", "two"), "ERROR: --kernel: one at a time, not one and two"),
    ],
)
def test_an_unknown_name_is_refused_before_anything_runs(copy: Copy, words: tuple[str, ...], complaint: str) -> None:
    """A cell or case that does not exist is a mistake of the caller, not an empty success."""
    copy.write(("pass",))
    run = copy.pytest(*words)
    assert run.status == 4
    assert complaint in run.said


def test_the_longest_comes_first(copy: Copy) -> None:
    """Inside a cell, what took longest in the last report comes first, and cells stay together."""
    copy.write(("a", "b", "c"))
    cells = [str(cell) for cell in copy.of.cells()]
    took = [
        {"name": f"one[{name}]-{cell}", "seconds": seconds}
        for cell in cells
        for name, seconds in (("a", 0.1), ("b", 0.3), ("c", 0.2))
    ]
    folder = copy.of.root / "build" / "report"
    folder.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps({"cases": took}))
    said = copy.pytest("--collect-only", "-q").said
    order = [line.rpartition("::")[2] for line in said.splitlines() if "::" in line]
    assert order == [f"one[{name}]-{cell}" for cell in cells for name in "bca"]
