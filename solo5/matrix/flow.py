# SPDX-License-Identifier: ISC
"""`solo5 matrix`: from a clean tree to a verdict on every cell.

The phases, in order: packages, build of each architecture, run (pytest with
the matrix' plugin), report. Each tells how long it took. Everything before
the first phase is a plan, which `--dry-run` prints.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from solo5 import proc, scratch
from solo5.errors import GuestError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import Arch, Cell, Tree, tree
from solo5.matrix import cases, events, html, junit, repeat, report, summary, table
from solo5.matrix.display import Display
from solo5.matrix.display import choose as choose_display
from solo5.matrix.repeat import Asked
from solo5.matrix.verdict import Ending
from solo5.vm import snapshot

#: So many places work at a time, unless -n says otherwise.
_WORKERS: Final = 2
#: So long may pytest take to close its machines after Ctrl-C.
_GRACE_S: Final = 15.0
#: pytest.ExitCode USAGE_ERROR and NO_TESTS_COLLECTED; importing it for these would take longer than the rest.
_NOTHING_RAN: Final = (4, 5)


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    cells: tuple[str, ...] = ()
    """Names; none: all that exist."""
    asked: Asked = Asked()  # noqa: RUF009 - it is frozen
    full: bool = False
    snapshots: bool = True
    """Whether machines may start from saved ones."""
    as_json: bool = False
    dry_run: bool = False
    cache: bool = True
    """Whether what passed before, and has not changed since, is not run again."""
    plain: bool = False
    """Whether lines are shown even on a terminal."""
    pytest_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What will be done."""

    tree: Tree
    cells: tuple[Cell, ...]
    archs: tuple[Arch, ...]
    items: tuple[cases.Item, ...]
    """All there are before pytest's own options choose among them."""
    pytest: tuple[str, ...]
    """The command of the run."""
    environment: Mapping[str, str]
    """What the run finds in its environment besides."""
    results: Path


class Ran(NamedTuple):
    """What came of a run."""

    status: int
    """pytest's."""
    results: list[report.Result]
    """Of each item that it chose."""
    said: str
    """What is still to be shown."""


@dataclass
class Phases:
    """Tells what is being done, and keeps how long it took."""

    display: Display
    done: list[report.Phase] = field(default_factory=list)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Announce a phase and time it."""
        self.display.begin(name)
        start = time.monotonic()
        try:
            yield
        finally:
            self.done.append(report.Phase(name, time.monotonic() - start))
            self.display.end(name, self.done[-1].seconds)

    def __str__(self) -> str:
        """Return all phases with their times, one line."""
        return ", ".join(f"{phase.name} {phase.seconds:.1f} s" for phase in self.done)


def make_plan(request: Request, of: Tree) -> Plan:
    """Return what a request means. Raises UsageError: an unknown cell, a bad table."""
    cells = tuple(of.cell(name) for name in request.cells) or of.cells()
    if not cells:
        message = f"{of.root}: has no cell; a cell is a folder bindings/arch/<arch>/<target>"
        raise UsageError(message)
    full = request.full or "--full" in request.pytest_words
    items = cases.all_items(of, cells, full=full)
    archs = tuple(of.arch(name) for name in dict.fromkeys(cell.arch for cell in cells))
    results = scratch.path("results")
    words = _pytest_words(request, of, cells, results)
    environment = {} if request.snapshots else {snapshot.VARIABLE: "0"}
    return Plan(of, cells, archs, tuple(items), words, environment, results)


def run(request: Request, *, at: Tree | None = None) -> int:
    """Do it, print the table, and return the exit status: 0 if all that ran passed."""
    planned = make_plan(request, at or tree())
    if request.dry_run:
        _show_plan(planned, request)
        return 0
    _places(planned, request)
    # With --json, standard output is the report and nothing else.
    out = sys.stderr if request.as_json else sys.stdout
    display = choose_display(out, plain=request.plain)
    try:
        phases = Phases(display)
        programs = _prepare(planned, request.asked.toolchain, phases)
        with phases.phase("run"):
            status, results, said = _run(planned, request, display)
    finally:
        display.close()
    print(said, file=out, end="")
    if status in _NOTHING_RAN and not results:
        # pytest has said why; the last report stays.
        return UsageError.exit_status
    with phases.phase("report"):
        values = report.document(planned.tree, results, phases.done, _kernels(planned, results), programs)
        values["toolchain"] = request.asked.toolchain or planned.tree.default_compiler
        report.write(report.folder(planned.tree) / "report.json", values)
        junit.write(report.folder(planned.tree) / "junit.xml", results)
        html.write(report.folder(planned.tree) / "report.html", values)
        summary.append(values)
    if request.as_json:
        print(json.dumps(values, indent=1))
    else:
        _show(planned, results, phases)
    return exit_status(status, results)


def _places(planned: Plan, request: Request) -> list[tuple[Cell, str, str]]:
    """Return where each cell runs, and why. Raises UsageError if that cannot be."""
    from solo5.build import Built  # noqa: PLC0415
    from solo5.run.place import choose  # noqa: PLC0415

    of, asked = planned.tree, request.asked
    found = []
    for cell in planned.cells:
        built = Built.at(of, of.arch(cell.arch), asked.toolchain)
        found.append((cell, *choose(built, of.target(cell.target), asked.place)))
    return found


def _prepare(planned: Plan, toolchain: str | None, phases: Phases) -> dict[str, Path]:
    """Bring packages and programs; return the tenders by cell."""
    # These load much that `--dry-run` and `--help` do without.
    from solo5 import needs  # noqa: PLC0415
    from solo5.build import build  # noqa: PLC0415

    with phases.phase("packages"):
        needs.require(planned.archs, compiler=toolchain, at=planned.tree)
    programs: dict[str, Path] = {}
    for arch in planned.archs:
        with phases.phase(f"build {arch.name}"):
            built = build(arch, toolchain=toolchain, at=planned.tree)
        for cell in planned.cells:
            if cell.arch == arch.name:
                programs[str(cell)] = built.tender(planned.tree.target(cell.target))
    return programs


def _pytest_words(request: Request, of: Tree, cells: Sequence[Cell], results: Path) -> tuple[str, ...]:
    """Return the command of the run."""
    words = [sys.executable, "-m", "pytest", "-p", "solo5.matrix.plugin", str(cases.guests_dir(of))]
    # hypothesis' plugin takes longer to load than many a case to run.
    words += ["-p", "no:hypothesispytest", "--rootdir", str(of.root), "-q", "-rN", "--dist", "worksteal"]
    if not any(word.startswith(("-n", "--numprocesses")) for word in request.pytest_words):
        # One case needs no second worker, which takes a while to start.
        words += ["-n", "0" if "--case" in request.pytest_words else str(_WORKERS)]
    words += ["--solo5-results", str(results)]
    for cell in cells:
        words += ["--cell", str(cell)]
    words += request.asked.words()
    words += ["--full"] if request.full else []
    return (*words, *request.pytest_words)


def _run(planned: Plan, request: Request, display: Display) -> Ran:
    """Run what must be."""
    if not request.cache or "--case" in request.pytest_words:
        # Who names a case wants to see it run.
        return _run_pytest(planned, request, display)
    from solo5.matrix import before  # noqa: PLC0415 - not needed for a plan

    places = {str(cell): place for cell, place, _ in _places(planned, request)}
    making = before.Keys(planned.tree, places, request.asked.toolchain)
    keys = {item.name: making.key(item) for item in planned.items}
    ledger = before.Ledger(planned.tree)
    known = ledger.find(keys)
    if len(known) == len(keys) and not request.pytest_words:
        # Nothing to run, and nothing for pytest to choose among.
        said = f"all {len(keys)} passed before, and nothing has changed since; --no-cache runs them\n"
        repeats = {item.name: repeat.command(planned.tree, item, request.asked) for item in planned.items}
        results = [before.result(item, known[item.name], repeats[item.name]) for item in planned.items]
        return Ran(0, results, said)
    with scratch.folder("known") as folder:
        file = folder / "known.json"
        report.write(file, {name: each.plain() for name, each in known.items()})
        ran = _run_pytest(planned, request, display, ("--solo5-known", str(file)))
    ledger.record(ran.results, keys)
    return ran


def _run_pytest(planned: Plan, request: Request, display: Display, more: Sequence[str] = ()) -> Ran:
    """Run pytest, which tells the display what happens."""
    out = sys.stderr if request.as_json else sys.stdout
    try:
        with tempfile.TemporaryFile() as kept, scratch.folder("events") as folder:
            socket = folder / "socket"
            with events.listening(socket, display.take):
                words = (*planned.pytest, *more, "--solo5-events", str(socket))
                status = _wait_for_pytest(words, planned, kept if display.shows_cases else out)
            kept.seek(0)
            said = kept.read().decode(errors="replace")
        return Ran(status, _results(planned), behind_progress(said) if status else "")
    finally:
        planned.results.unlink(missing_ok=True)


def behind_progress(said: str) -> str:
    """Return what pytest wrote after its dots, or all if it never came to those."""
    found = re.search(r"^=+ [A-Z]+ =+$", said, re.MULTILINE)
    return said[found.start() :] if found else said


def _wait_for_pytest(words: Sequence[str], planned: Plan, out: IO[Any]) -> int:
    path = os.pathsep.join(filter(None, [str(planned.tree.root), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryFile() as said:
        # Workers that are still starting complain of Ctrl-C at length, which
        # nobody needs to read.
        stderr = None if proc.VERBOSE else said
        env = {**planned.environment, "PYTHONPATH": path}
        child = proc.spawn(words, cwd=planned.tree.root, env=env, stdout=out, stderr=stderr, own_group=True)
        try:
            status = child.wait()
        except KeyboardInterrupt:
            # Whatever ended us, once: pytest and its workers close their machines.
            os.killpg(child.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_GRACE_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        said.seek(0)
        sys.stderr.write(said.read().decode(errors="replace"))
    return status


def _results(planned: Plan) -> list[report.Result]:
    try:
        said: list[dict[str, Any]] = json.loads(planned.results.read_text())
    except FileNotFoundError:
        return []
    return [report.result(each) for each in said]


def _kernels(planned: Plan, results: Sequence[report.Result]) -> dict[str, dict[str, str]]:
    """Return the kernels that virtual machines booted."""
    from solo5 import debian  # noqa: PLC0415

    used = {planned.tree.cell(each.cell).arch for each in results if each.place == "vm"}
    kernels = {}
    for arch in planned.archs:
        if arch.name in used:
            kernel = debian.kernel(arch)
            kernels[arch.name] = {
                "package": kernel.package,
                "version": kernel.version,
                "sha256": kernel.sha256,
            }
    return kernels


def _show(planned: Plan, results: Sequence[report.Result], phases: Phases) -> None:
    print()
    table.show(report.cell_states(planned.tree, results))
    for line in table.failing(results):
        print(line)
    print(f"report: {report.folder(planned.tree)}/{{junit.xml,report.html,report.json}}")
    total = sum(phase.seconds for phase in phases.done)
    print(f"time: {total:.1f} s: {phases}")


def exit_status(status: int, results: Sequence[report.Result]) -> int:
    """Return pytest's verdict as a status of ours."""
    if status == 0:
        skipped_only = results and all(each.ending is Ending.SKIPPED for each in results)
        return ToolMissingError.exit_status if skipped_only else 0
    if any(not each.ending.is_pass and each.ending is not Ending.SKIPPED for each in results):
        return GuestError.exit_status
    return Solo5Error.exit_status


def _show_plan(planned: Plan, request: Request) -> None:
    print("packages: what this host lacks is installed")
    for arch in planned.archs:
        print(f"build {arch.name}: into {planned.tree.build_dir(arch.name, request.asked.toolchain)}")
    for cell, place, why in _places(planned, request):
        print(f"place of {cell}: {place}: {why}")
    print(f"run: {len(planned.items)} cases: {proc.line(planned.pytest)}")
    print(f"report: {report.folder(planned.tree)}/{{junit.xml,report.html,report.json}}")
