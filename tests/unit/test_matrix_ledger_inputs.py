# SPDX-License-Identifier: ISC
"""What a case reads is in its key: whatever our processes, an emulator or a tender open is watched while cases run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from solo5 import cache, debian, digest, kept, launch, places, proc
from solo5.builder import build
from solo5.facts import Cell, tree
from solo5.matrix import cases, flow, ledger, plan
from solo5.matrix.case import Case
from solo5.matrix.plan import Plan
from solo5.matrix.repeat import Asked
from solo5.matrix.request import Request, Selection, select
from solo5.matrix.store import Store

_ROOT = tree().root
#: Tells of each file that a Python process opens to read it (sys.addaudithook).
_WATCH: Final = """
import os, sys

_log = os.open(os.environ["OPENED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)

def _look(event, args):
    if event == "open" and isinstance(args[0], (str, bytes)) and args[2] & os.O_ACCMODE != os.O_WRONLY:
        os.write(_log, os.fsencode(os.path.abspath(args[0])) + b"\\n")

sys.addaudithook(_look)
"""
#: A line of strace: process, call, path, and what the call returned.
_CALL: Final = re.compile(r'(\d+) +(\w+)\((?:AT_FDCWD, )?"([^"]*)", (.*)\) = \d+')

#: Files in no key, and why that is right.
_OTHERWISE: Final = {
    **dict.fromkeys(map(sysconfig.get_path, ("stdlib", "platstdlib")), "Python's own, whose version is in the key"),
    **dict.fromkeys(map(sysconfig.get_path, ("purelib", "platlib")), "packages, whose versions are in the key"),
    f"{sys.prefix}/pyvenv.cfg": "says where these are",
    "/proc": "the kernel's, which is in the key",
    "/sys": "the same",
    "/dev": "the same",
    "/etc/ld.so.cache": "says where libraries are, which are in the key",
    "/etc/localtime": "of no case: what is compared with the clock is the time of day in UTC",
    "/usr/lib/locale": "how programs of this host write what they say; none of it is looked at",
    "/usr/share/locale": "the same",
    f"/usr/lib/{sysconfig.get_config_var('MULTIARCH')}/gconv": "the same",
    "/usr/bin/uname": "asked by Python's platform module, for pytest",
    str(_ROOT / "pins"): "says which kernel is taken, whose bytes are in the key",
    "/etc/os-release": "the same",
    str(tree().build_root / "report"): "how long cases took: their order",
    str(tree().build_root / "passed"): "the ledger",
    str(cache.root() / "vm"): "saved machines, which are made of what is in the key",
}


def _cases(cell: Cell) -> Iterator[str]:
    """Yield cases of a cell that differ in what they read: the first that has each of these."""
    every = cases.all_items(tree(), [cell], full=False)
    kinds = (
        lambda item: item.case.kernel,
        lambda item: item.case.peer,
        lambda item: any("{file:" in word for word in item.case.caller),
        lambda item: any(block.fill != "zero" for block in item.case.block),
        lambda item: item.guest.is_fixture,
    )
    for has in kinds:
        yield next(item.case.title for item in every if has(item))


def _planned(cell: Cell, place: str) -> tuple[Plan, Store]:
    build(tree().arch(cell.arch))
    request = Request(cells=(str(cell),), cases=tuple(_cases(cell)), asked=Asked(place=place))
    return plan.make(select(request, tree()), request, tree())


def _known(planned: Plan) -> set[str]:
    """Return the hashes of all files in the keys of a plan's items."""
    found = {each.content for each in ledger.runner_ingredients(tree())}
    for cell in planned.cells:
        found |= {each.content for each in ledger.cell_ingredients(cell, planned, tree())} | {cell.agent}
    for item in planned.items:
        found |= {*item.contents.values(), *item.programs.values()}
    return found


def _unknown(opened: Iterable[Path], planned: Plan, made: Path) -> list[str]:
    """Return those of some files that are in no key; what lies below `made`, the run has made."""
    known = _known(planned)
    excused = (made, *map(Path, _OTHERWISE))
    return sorted(
        str(path)
        for path in set(map(_source, opened))
        if path.is_file()
        and path.name != kept.SEAL  # says that other files are as they were
        and digest.of_file(path) not in known
        and not any(Path(os.path.normpath(path)).is_relative_to(each) for each in excused)
    )


def _source(path: Path) -> Path:
    """Return the module that Python has compiled to a file, or else the file."""
    cached = path.parent.name == "__pycache__"
    return path.parent.parent / f"{path.name.partition('.')[0]}.py" if cached else path


@pytest.fixture(scope="module")
def strace() -> str:
    """Return the program that tells what others open, after installing it if need be."""
    if shutil.which("strace") is None:
        debian.install(["strace"])
    return "strace"


def _run(words: Iterable[str], planned: Plan, store: Store, made: Path) -> None:
    """Run a plan as the matrix does, every Python process watched."""
    (made / "watch").mkdir()
    (made / "watch" / "sitecustomize.py").write_text(_WATCH)
    (made / "plan").mkdir()
    plan.write(made / "plan", planned, store)
    manner = flow.Manner(pytest_words=("-n", "1", "-p", "no:cacheprovider"))
    done = subprocess.run(
        [*words, *flow.pytest_words(planned, manner, tree()), "--solo5-plan", str(made / "plan")],
        cwd=_ROOT,
        env={
            **proc.environment(proc.Kind.OURS),
            "PYTHONPATH": f"{made / 'watch'}{os.pathsep}{_ROOT}",
            "OPENED": str(made / "opened"),
            "TMPDIR": str(made),
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert 0 == done.returncode, done.stdout + done.stderr


def _traced(path: Path) -> Iterator[Path]:
    """Yield what other programs than Python opened to read it, and these programs."""
    programs: dict[str, str] = {}
    for process, call, name, rest in _CALL.findall(path.read_text(errors="surrogateescape")):
        if call == "execve":
            programs[process] = Path(name).name
        if "python" not in programs.get(process, "python") and "O_WRONLY" not in rest:
            yield Path(name)


def _watched(made: Path) -> set[Path]:
    """Return what Python processes opened."""
    opened = {Path(line) for line in (made / "opened").read_text(errors="surrogateescape").splitlines()}
    assert _ROOT / "solo5" / "matrix" / "pool.py" in map(_source, opened)
    return opened


def _strace(strace: str, log: Path) -> list[str]:
    """Return the command that tells of what the rest of a command, and all that it starts, opens."""
    calls = "trace=open,openat,execve"
    return [strace, "-f", "--seccomp-bpf", "-qq", "-z", "-s", "4096", "-o", str(log), "-e", calls, "-e", "signal=none"]


def _last_cell(arch: str) -> Cell:
    return next(cell for cell in reversed(tree().cells()) if cell.arch == arch)


@pytest.mark.parametrize("arch", sorted({each.arch for each in tree().cells()}))
def test_what_is_read_for_a_machine_is_in_a_key(tmp_path: Path, strace: str, arch: str) -> None:
    """Each file that our processes, an emulator or what starts it open while cases run is in the cases' keys."""
    planned, store = _planned(_last_cell(arch), "vm")
    _run(_strace(strace, tmp_path / "trace"), planned, store, tmp_path)
    opened = set(_traced(tmp_path / "trace"))
    assert Path(shutil.which(tree().arch(arch).vm.program) or "") in opened
    assert [] == _unknown(opened | _watched(tmp_path), planned, tmp_path)


def _host_cell() -> Cell:
    """Return a cell whose guests this host runs itself; skip the test if there is none."""
    for cell in tree().cells():
        if tree().arch(cell.arch).is_host:
            built = build(tree().arch(cell.arch))
            needs = launch.of(tree().target(cell.target), tree()).needs(built)
            if places.kind("host").obstacle(needs) is None:
                return cell
    pytest.skip("this host runs no guests itself: it needs root, /dev/net/tun and namespaces")


def test_what_is_read_on_this_host_is_in_a_key(tmp_path: Path) -> None:
    """The same on this host itself, of our processes: what the agent starts, it traces already."""
    planned, store = _planned(_host_cell(), "host")
    _run((), planned, store, tmp_path)
    assert [] == _unknown(_watched(tmp_path), planned, tmp_path)


def test_what_opens_this_host_as_a_place_is_in_a_key(tmp_path: Path, strace: str) -> None:
    """Each file that is opened until jobs can run on this host is in its items' keys."""
    planned, store = _planned(_host_cell(), "host")
    (tmp_path / "store").mkdir()
    store.write(tmp_path / "store" / "files")
    (cell,) = planned.cells
    script = (
        "import sys; from pathlib import Path; from solo5 import places; from solo5.facts import tree; "
        "place = places.kind(sys.argv[1]).open(tree().arch(sys.argv[2]), Path(sys.argv[3]), {}, places.Options()); "
        "place.close()"
    )
    agent = str(tmp_path / "store" / "files" / cell.agent)
    words = [sys.executable, "-c", script, cell.place, cell.runs, agent]
    subprocess.run([*_strace(strace, tmp_path / "trace"), *words], cwd=_ROOT, check=True)
    opened = set(_traced(tmp_path / "trace"))
    assert {Path(agent), Path(shutil.which("unshare") or "")} <= opened
    assert [] == _unknown(opened - {Path(agent)}, planned, tmp_path / "none")
    assert digest.of_file(Path(agent)) in _known(planned)


def test_what_a_tender_reads_is_in_a_key(tmp_path: Path, strace: str) -> None:
    """Each file that a tender opens, outside of any place, is in its items' keys."""
    cell = _host_cell()
    every = [item for item in cases.all_items(tree(), [cell], full=False) if not (item.case.net or item.case.caller)]
    chosen = {_group(item.case): item for item in every if item.case.expect.status is not None}
    assert len(chosen) > 1
    request = Request(cells=(str(cell),), asked=Asked(place="host"))
    planned, store = plan.make(Selection((cell,), (tree().arch(cell.arch),), tuple(chosen.values())), request, tree())
    store.write(tmp_path / "store")
    opened: set[Path] = set()
    for number, item in enumerate(planned.items):
        folder = tmp_path / str(number)
        folder.mkdir()
        for path, sha256 in item.contents.items():
            shutil.copy(tmp_path / "store" / sha256, folder / path)
        for path, size in item.job.blanks.items():
            (folder / path).touch()
            os.truncate(folder / path, size)
        where = {path: str((tmp_path / "store" / sha256).resolve()) for path, sha256 in item.programs.items()}
        words = [where.get(word, word) for word in item.job.argv]
        done = subprocess.run([*_strace(strace, tmp_path / "trace"), *words], cwd=folder, check=False, timeout=60)
        assert item.expect.status == done.returncode, item.name
        opened |= {folder / path for path in _traced(tmp_path / "trace")}
    tender = launch.of(tree().target(cell.target), tree()).program_in(build(tree().arch(cell.arch)))
    assert tender in opened
    assert [] == _unknown(opened, planned, tmp_path)


def _group(case: Case) -> tuple[object, ...]:
    """Return what makes a difference to the files that a tender opens."""
    return bool(case.block), case.argv is None, case.kernel is None, case.expect.status
