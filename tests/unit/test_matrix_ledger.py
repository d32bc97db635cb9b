# SPDX-License-Identifier: ISC
"""What passed before runs again exactly if something that it depends on has changed."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from solo5 import debian, launch, places, proc
from solo5.builder import Built
from solo5.errors import INTERRUPTED, GuestError
from solo5.facts import Tree, tree
from solo5.matrix import ledger, plan, report
from solo5.matrix.ledger import Ledger
from solo5.matrix.plan import Pass, Plan, PlannedCell, PlannedItem
from solo5.matrix.programs import Programs
from solo5.matrix.repeat import Asked
from solo5.matrix.request import Request, select
from solo5.matrix.verdict import Ending


def _sources(folder: str, names: list[str]) -> set[str]:
    made = {"build"} if Path(folder) == tree().root else set()
    return {name for name in names if name.startswith(".") or name == "__pycache__"} | made


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the tree, whose sources a test may change."""
    return _copy(tmp_path_factory.mktemp("copied"))


def _copy(folder: Path) -> Path:
    root = folder / "tree"
    shutil.copytree(tree().root, root, ignore=_sources)
    return root


def _run(root: Path, command: Sequence[str], **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends in words for this host's cell there."""
    arch = tree().host_arch()
    assert arch is not None
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    return subprocess.run(
        [sys.executable, "-m", *command, "--cell", f"spt-{arch.name}"],
        check=False,
        cwd=root,
        env={**environment, "PYTHONPATH": str(root), **env},
        capture_output=True,
        text=True,
    )


def _matrix(root: Path, *words: str, status: int = 0, **env: str) -> dict[str, str]:
    """Run the matrix of this host's cell there; return how each case ended."""
    done = _run(root, ["solo5.cli", "matrix", "--json", *words], **env)
    assert status == done.returncode, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return {each["name"]: each["ending"] for each in report["cases"]}


def test_only_the_changed_guest_runs_again(copied: Path) -> None:
    """The second run runs nothing, the third one guest; CI and --no-cache run all; so does a named case."""
    every = _matrix(copied)
    assert {"passed"} == set(every.values())
    assert dict.fromkeys(every, "passed before") == _matrix(copied)
    source = copied / "tests" / "guests" / "hello" / "hello.c"
    source.write_text(f"\n{source.read_text()}")
    third = _matrix(copied)
    ran = {name for name, ending in third.items() if ending == "passed"}
    assert ran
    assert {name for name in every if name.startswith(("hello-", "hello["))} == ran
    assert {"passed"} == set(_matrix(copied, "--case", "hello").values())
    assert {"passed"} == set(_matrix(copied, "-k", "hello", CI="1").values())
    assert {"passed"} == set(_matrix(copied, "-k", "hello", "--no-cache").values())
    assert {"passed before"} == set(_matrix(copied, "-k", "hello").values())


#: A place whose jobs end as a file says that is in no key: how a case fails now and then.
MOODY = """
import os, signal
from dataclasses import replace
from pathlib import Path
from solo5 import places
from solo5.places.vm import KIND as VM

MOOD = Path(__file__).parents[2] / "mood"

class Place:
    name = "moody"

    def __init__(self, place):
        self._place = place

    def run(self, job, on_output=None, source=None):
        outcome = self._place.run(job, on_output, source)
        mood = MOOD.read_text() if MOOD.exists() else ""
        if mood == "interrupted":
            os.kill(os.getppid(), signal.SIGINT)
            signal.pause()
        if mood == "once":
            MOOD.write_text("interrupted")
        return replace(outcome, status=9, signal=None) if mood else outcome

    def close(self):
        self._place.close()

class Kind(type(VM)):
    name = "moody"
    cost = 9

    def open(self, arch, agent, files, options):
        best = places.kind("host" if os.geteuid() == 0 else "vm")
        return Place(best.open(arch, agent, files, options))

KIND = Kind()
"""
_HELLO = ("--place", "moody", "-k", "hello-", "-n", "0")


@pytest.fixture(scope="module")
def moody(copied: Path) -> Path:
    """Return the file that says how jobs end in that place, where hello has passed."""
    (copied / "solo5" / "places" / "moody.py").write_text(MOODY)
    assert {"passed"} == set(_matrix(copied, *_HELLO).values())
    assert {"passed before"} == set(_matrix(copied, *_HELLO).values())
    return copied / "mood"


_WAYS = {
    "case": ["solo5.cli", "matrix", "--place", "moody", "--case", "hello"],
    "no-cache": ["solo5.cli", "matrix", *_HELLO, "--no-cache"],
    "another-key": ["solo5.cli", "matrix", *_HELLO, "--no-snapshots"],
    "pytest": ["pytest", "-p", "solo5.matrix.plugin", "tests/guests", *_HELLO],
}


@pytest.mark.parametrize("way", _WAYS)
def test_a_failure_is_remembered_however_it_was_run(moody: Path, way: str) -> None:
    """What passed and then fails runs again: also if it failed as one case, without cache, by another key or pytest."""
    moody.write_text("bad")
    assert _run(moody.parent, _WAYS[way]).returncode in {GuestError.exit_status, 1}
    moody.unlink()
    assert {"passed"} == set(_matrix(moody.parent, *_HELLO).values())


def test_a_failure_in_an_interrupted_run_is_remembered(moody: Path) -> None:
    """One case fails, then Ctrl-C comes: the case runs again, others that passed before do not."""
    words = [word.replace("hello-", "hello") for word in _HELLO]
    every = _matrix(moody.parent, *words)
    moody.write_text("once")
    assert INTERRUPTED == _run(moody.parent, ["solo5.cli", "matrix", *words, "--no-cache"]).returncode
    assert "interrupted" == moody.read_text()
    moody.unlink()
    after = _matrix(moody.parent, *words)
    assert set(every) == set(after)
    assert 1 == list(after.values()).count("passed")


def _plan(root: Path, case: str = "hello", place: str | None = None) -> Plan:
    """Return the plan of one item of this host's cell."""
    arch = tree().host_arch()
    assert arch is not None
    request = Request(cells=(f"spt-{arch.name}",), cases=(case,), asked=Asked(place=place))
    of = Tree(root)
    return plan.make(select(request, of), request, of)[0]


def _key(root: Path, case: str = "hello", place: str | None = None) -> str:
    (key,) = ledger.keys(_plan(root, case, place), Tree(root)).values()
    return key


@contextlib.contextmanager
def _changed(path: Path, change: Callable[[str], str]) -> Iterator[None]:
    text = path.read_text()
    changed = change(text)
    assert text != changed
    path.write_text(changed)
    yield
    path.write_text(text)


@pytest.mark.parametrize(
    "path",
    [
        "solo5/places/host/namespaces.py",
        "toolchains/target/spt.toml",
        "ci/requirements.txt",
        "tests/guests/hello/cases.toml",
        "pyproject.toml",
        "tests/conftest.py",
    ],
)
def test_a_change_of_what_runs_it_changes_the_key(copied: Path, path: str) -> None:
    """Runner, facts, pins and the case are part of a key; the second key of unchanged ones is the same."""
    _matrix(copied, "-k", "hello")
    key = _key(copied)
    assert key == _key(copied)
    with _changed(
        copied / path, lambda text: f"{text}\n" if "cases" not in path else text.replace("args = [", 'args = ["x", ', 1)
    ):
        assert key != _key(copied)
    assert key == _key(copied)
    assert key != _key(copied, place="vm")


@pytest.mark.parametrize("what", ["tender", "guest", "agent", "peer", "caller"])
def test_a_change_of_a_program_changes_the_key(copied: Path, what: str) -> None:
    """Each program that takes part in a job is part of its key."""
    _matrix(copied, "-k", "hello")
    of, arch = Tree(copied), tree().host_arch()
    assert arch is not None
    built, target = Built.at(of, arch), of.target("spt")
    path, case = {
        "tender": (launch.of(target, tree()).program_in(built), "hello"),
        "guest": (Programs(built).guest("hello", target), "hello[given-file]"),
        "agent": (built.agent, "hello"),
        "peer": (Programs(built).peer, "net[one-by-one]"),
        "caller": (Programs(built).caller, "hello[given-file]"),
    }[what]
    key, content = _key(copied, case), path.read_bytes()
    path.write_bytes(content + b"\0")
    assert key != _key(copied, case)
    path.write_bytes(content)
    assert key == _key(copied, case)


def test_a_file_that_a_case_names_is_in_its_key(copied: Path) -> None:
    """What {file:...} stands for counts by its bytes, and only for the cases that name it."""
    named, other = "hello[service-kill]", "hello"
    before = (_key(copied, named), _key(copied, other))
    with _changed(copied / "docs" / "systemd" / "solo5-spt@.service", lambda text: f"{text}\n"):
        assert before[0] != _key(copied, named)
        assert before[1] == _key(copied, other)
    assert before == (_key(copied, named), _key(copied, other))


def test_the_bytes_that_a_fixture_makes_are_in_its_key(copied: Path) -> None:
    """What makes them, code tables included, counts by what comes of it; a remark there changes no key."""
    script = (
        "import sys; sys.path.insert(0, 'tests/unit'); from pathlib import Path; import test_matrix_ledger as t; "
        "print(t._key(Path.cwd(), sys.argv[1]))"
    )

    def key(case: str) -> str:
        # A process of its own: a module of the fixture is loaded once in each, and knows its own tree.
        words = [sys.executable, "-c", script, case]
        env = {**os.environ, "PYTHONPATH": str(copied)}
        return subprocess.run(words, cwd=copied, env=env, check=True, capture_output=True, text=True).stdout

    arch = tree().host_arch()
    assert arch is not None
    table = copied / "tests" / "guests" / "arch" / arch.name / "code.toml"
    before = (key("made[plain]"), key("hello"))
    with _changed(table, lambda text: f"# A remark.\n{text}"):
        assert before == (key("made[plain]"), key("hello"))
    with _changed(table, lambda text: re.sub(r'(code = """[^"]*)"""', r'\1    00\n"""', text)):
        assert before[0] != key("made[plain]")
        assert before[1] == key("hello")


def _another(value: Any) -> Any:  # noqa: ANN401 - of whatever kind a field is
    """Return another value of that kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, tuple):
        return (*value, "another")
    return {**value, "another": "another"} if isinstance(value, Mapping) else f"{value} another"


def _differing(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any dataclass
    """Yield each field of a dataclass, and of those in it, with a copy that differs in this field alone."""
    for field in dataclasses.fields(value):
        old = getattr(value, field.name)
        new = _differing(old) if dataclasses.is_dataclass(old) else [("", _another(old))]
        for name, each in new:
            yield f"{field.name}.{name}".rstrip("."), dataclasses.replace(value, **{field.name: each})


def test_all_that_is_planned_for_an_item_is_in_its_key() -> None:
    """Each field of an item, its job and its expectation is in its key, but for what is said of it."""
    (item,) = _plan(tree().root).items
    before = list(ledger.item_ingredients(item))
    same = {name for name, changed in _differing(item) if before == list(ledger.item_ingredients(changed))}
    assert {"repeat", "key", "passed"} == same


def test_all_that_is_planned_for_a_cell_is_in_its_items_keys() -> None:
    """Each field is in the keys, but for the reason; so is whether machines may come from saved ones."""
    planned = _plan(tree().root)
    (cell,) = planned.cells
    arch = next(each for each in tree().archs() if each.kernels)
    known: dict[str, Any] = {
        "place": "vm" if cell.place == "host" else "host",
        "runs": arch.name,
        "kernel": next(iter(arch.kernels)),
    }

    def text(changed: PlannedCell, of: Plan = planned) -> tuple[ledger.Ingredient, ...]:
        return tuple(ledger.cell_ingredients(changed, of, tree()))

    cell = dataclasses.replace(cell, runs=next(each.name for each in tree().archs() if each is not arch))
    same = set()
    for field in dataclasses.fields(cell):
        other: Any = known.get(field.name) or _another(getattr(cell, field.name))
        base = dataclasses.replace(cell, runs=arch.name) if field.name == "kernel" else cell
        if text(base) == text(dataclasses.replace(base, **{field.name: other})):
            same.add(field.name)
    assert {"reason"} == same
    assert text(cell) != text(cell, dataclasses.replace(planned, snapshots=not planned.snapshots))


def test_a_key_is_made_of_runner_cell_and_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """What any of the three yields more changes the key."""
    planned = _plan(tree().root)
    before = ledger.keys(planned, tree())
    assert before == ledger.keys(planned, tree())
    for name in ("runner_ingredients", "cell_ingredients", "item_ingredients"):
        old = getattr(ledger, name)
        seen = {*before.values()}
        for number, more in enumerate((("x", "y"), ("x", "z"), ("z", "y"), ("xy", "")), 2):
            with monkeypatch.context() as changed:
                each = ledger.Ingredient(*more)
                changed.setattr(ledger, name, lambda *args, old=old, each=each: [*old(*args), each])
                seen |= {*ledger.keys(planned, tree()).values()}
            assert number == len(seen)


def test_python_and_its_packages_are_in_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another Python, another package, another version of one: each is another key."""
    seen = {tuple(ledger.runner_ingredients(tree()))}
    with monkeypatch.context() as changed:
        changed.setattr(sys, "version", "3.99.0 (main)")
        seen.add(tuple(ledger.runner_ingredients(tree())))
    monkeypatch.syspath_prepend(str(tmp_path))
    for number, name in enumerate(("another-1.0.dist-info", "another-1.1.dist-info"), 2):
        (tmp_path / name).mkdir()
        seen.add(tuple(ledger.runner_ingredients(tree())))
        assert number + 1 == len(seen)


_PROCESSOR = "processor : 0\nmodel name : One\ncpu MHz : 2000.0\nflags : fpu\n"


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"release": "9.9"}, True),
        ({"version": "#9"}, True),
        ({"nodename": "elsewhere"}, False),
        ({"cpuinfo": _PROCESSOR.replace("2000.0", "2100.0")}, False),
        ({"cpuinfo": f"{_PROCESSOR}\nprocessor : 1\n"}, False),
        ({"cpuinfo": _PROCESSOR.replace("fpu", "fpu vme")}, True),
        ({"cpuinfo": _PROCESSOR.replace("One", "Two")}, True),
        ({"program": b"another"}, True),
    ],
)
def test_a_hosts_parts_are_in_the_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, Any], *, differs: bool
) -> None:
    """Kernel, processor and what makes namespaces: each counts, by what it is and not by which one of its kind."""
    host = importlib.import_module("solo5.places.host")
    planned = _plan(tree().root)
    cell = dataclasses.replace(planned.cells[0], place="host")
    uname, program = os.uname(), tmp_path / "unshare"
    program.write_bytes(b"one")
    program.chmod(0o755)
    (tmp_path / "cpuinfo").write_text(_PROCESSOR)
    monkeypatch.setattr(host, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    before = list(ledger.cell_ingredients(cell, planned, tree()))
    (tmp_path / "cpuinfo").write_text(changed.get("cpuinfo", _PROCESSOR))
    program.write_bytes(changed.get("program", b"one"))
    fields = ("sysname", "nodename", "release", "version", "machine")
    other = os.uname_result([changed.get(name, getattr(uname, name)) for name in fields])
    monkeypatch.setattr(os, "uname", lambda: other)
    assert differs == (before != list(ledger.cell_ingredients(cell, planned, tree())))


def test_a_machines_parts_are_in_the_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Emulator, its libraries, firmware and modules, kernel and its modules: each counts by its bytes."""
    arch = tree().arch(tree().arch_names[0])
    inputs = set(places.kind("vm").inputs(arch))
    program = Path(shutil.which(arch.vm.program) or "")
    kernel = debian.kernel(arch)
    names = {path.name for path in inputs if isinstance(path, Path)}
    assert {program, kernel.image} <= inputs
    assert {"libc.so.6", "kvmvapic.bin", "bios-256k.bin", "tun.ko"} <= {name.removesuffix(".xz") for name in names}
    (tmp_path / "bin").mkdir()
    (tmp_path / "share" / "qemu").mkdir(parents=True)
    emulator = tmp_path / "bin" / arch.vm.program
    emulator.write_text("#!/bin/sh\n")
    emulator.chmod(0o755)
    firmware = tmp_path / "share" / "qemu" / "firmware.bin"
    firmware.write_bytes(b"one")
    monkeypatch.setenv("PATH", f"{emulator.parent}{os.pathsep}{os.environ['PATH']}")
    (cell,) = _plan(tree().root).cells
    cell = dataclasses.replace(cell, place="vm", runs=arch.name)
    planned = _plan(tree().root)
    seen = {tuple(ledger.cell_ingredients(cell, planned, tree()))}
    firmware.write_bytes(b"two")
    seen.add(tuple(ledger.cell_ingredients(cell, planned, tree())))
    emulator.write_text("#!/bin/sh\n\n")
    seen.add(tuple(ledger.cell_ingredients(cell, planned, tree())))
    assert 3 == len(seen)


def test_keys_are_the_same_on_another_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this host's name nor where the tree, its build or Python lie is in a key: passes can be shared."""
    copied = _copy(tmp_path)
    planned = _plan(tree().root, "blk[512]")
    here = ledger.keys(planned, tree())
    uname = os.uname()
    other = os.uname_result((uname.sysname, "elsewhere", uname.release, uname.version, uname.machine))
    monkeypatch.setattr(os, "uname", lambda: other)
    monkeypatch.setenv("SOLO5_BUILD", "elsewhere")
    assert here == ledger.keys(planned, Tree(copied))
    text = "".join(
        each.name + each.content
        for found in (
            ledger.runner_ingredients(tree()),
            ledger.cell_ingredients(planned.cells[0], planned, tree()),
            ledger.item_ingredients(planned.items[0]),
        )
        for each in found
    )
    for local in ("elsewhere", str(tree().root), str(copied), sys.prefix, str(Path.home())):
        assert local not in text


def _item(number: int = 0, key: str = "a") -> PlannedItem:
    """Return an item with a key."""
    item = _plan(tree().root).items[number]
    return dataclasses.replace(item, key=key)


def _record(of: Tree, item: PlannedItem, ending: Ending) -> None:
    Ledger(of).record([item], {item.name: report.of(item, ending, seconds=1.0, place="vm")})


def _path(of: Tree, item: PlannedItem) -> Path:
    return of.build_root / "passed" / f"{item.cell}.json"


def test_a_folder_in_the_ledgers_place_gives_way(tmp_path: Path) -> None:
    """It is as none, and the next ledger is good."""
    of, item = Tree(tmp_path), _item()
    (_path(of, item) / "in the way").mkdir(parents=True)
    assert {} == Ledger(of).find([item])
    _record(of, item, Ending.PASSED)
    assert [item.name] == list(Ledger(of).find([item]))


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{", '{"a": 1}', '{"a": {"name": 1}}', f"{hashlib.sha256(b'3').hexdigest()}\n3"]
)
def test_a_damaged_ledger_is_as_none(tmp_path: Path, content: str | None) -> None:
    """Whatever it holds, everything runs, and the next ledger is good."""
    of, item = Tree(tmp_path), _item()
    if content is not None:
        _path(of, item).parent.mkdir(parents=True)
        _path(of, item).write_text(content)
    assert {} == Ledger(of).find([item])
    Ledger(of).forget(item.cell, item.name)
    _record(of, item, Ending.BEFORE)
    assert {} == Ledger(of).find([item])
    _record(of, item, Ending.PASSED)
    assert [item.name] == list(Ledger(of).find([item]))


def test_each_damage_of_a_ledger_is_noticed(tmp_path: Path) -> None:
    """A ledger that is cut anywhere, or has a flipped bit in any byte, holds no pass."""
    of, item = Tree(tmp_path), _item()
    _record(of, item, Ending.PASSED)
    good = _path(of, item).read_bytes()
    for at in range(len(good)):
        for bad in (good[:at], good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]):
            _path(of, item).write_bytes(bad)
            assert {} == Ledger(of).find([item])


def test_what_failed_is_forgotten(tmp_path: Path) -> None:
    """A key whose item fails later (a case that fails now and then) is no pass any more, nor is another of its name."""
    of, item = Tree(tmp_path), _item()
    _record(of, item, Ending.PASSED)
    assert {item.name: Pass(1.0, "vm")} == Ledger(of).find([item])
    _record(of, item, Ending.BEFORE)
    assert [item.name] == list(Ledger(of).find([item]))
    another, other = dataclasses.replace(item, key="b"), dataclasses.replace(item, name="other", key="c")
    _record(of, another, Ending.PASSED)
    _record(of, other, Ending.PASSED)
    Ledger(of).forget(item.cell, item.name)
    assert {other.name} == set(Ledger(of).find([item, another, other]))


def test_a_failure_in_another_run_meanwhile_counts(tmp_path: Path) -> None:
    """What a run took for passed, another run has seen fail before the first one ends: it stays forgotten."""
    of, item = Tree(tmp_path), _item()
    _record(of, item, Ending.PASSED)
    Ledger(of).forget(item.cell, item.name)
    _record(of, item, Ending.BEFORE)
    assert {} == Ledger(of).find([item])


def test_the_newest_passes_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that grows loses what was seen the longest time ago; what passed before is seen again."""
    monkeypatch.setattr(ledger, "MOST", 3)
    of = Tree(tmp_path)
    every = [_item(key=key) for key in "abcd"]
    for item in every[:3]:
        _record(of, item, Ending.PASSED)
    _record(of, every[0], Ending.BEFORE)
    _record(of, every[3], Ending.PASSED)
    assert ["a", "c", "d"] == [item.key for item in every if Ledger(of).find([item])]


def test_no_failure_is_lost_among_runs_at_once(tmp_path: Path) -> None:
    """Ten runs that record and forget at the same time leave what each of them meant."""
    of = Tree(tmp_path)
    items = [dataclasses.replace(_item(), name=f"item-{number}", key=str(number)) for number in range(10)]
    for item in items:
        _record(of, item, Ending.PASSED)

    def forget(item: PlannedItem) -> Callable[[], None]:
        return lambda: Ledger(of).forget(item.cell, item.name)

    proc.side_by_side([forget(item) for item in items[:9]])
    assert {items[9].name} == set(Ledger(of).find(items))
