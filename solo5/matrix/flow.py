# SPDX-License-Identifier: ISC
"""`solo5 matrix`: from a clean tree to a verdict on every cell.

The phases, in order: packages, build of each architecture, plan, run (pytest
with the matrix' plugin), report. Each tells how long it took. What is run and
where, the plan says (solo5.matrix.plan); `--dry-run` prints it, and begins nothing.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from solo5 import env, launch, needs, places, proc, progress, scratch
from solo5.builder import build
from solo5.errors import INTERRUPTED, GuestError, MachineError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import Tree, tree
from solo5.matrix import archive, cases, events, html, junit, ledger, plan, report, summary, table
from solo5.matrix.display import Display
from solo5.matrix.display import choose as choose_display
from solo5.matrix.plan import Pass, Plan
from solo5.matrix.request import Request, Selection
from solo5.matrix.store import Store
from solo5.matrix.verdict import Ending

#: So many places work at a time, unless -n says otherwise.
_WORKERS: Final = 2
#: So long may pytest take to close its machines after Ctrl-C.
_GRACE_S: Final = 15.0
#: So long may git look at the sources.
_GIT_S: Final = 10.0
#: pytest.ExitCode USAGE_ERROR and NO_TESTS_COLLECTED; importing it for these would take longer than the rest.
_NOTHING_RAN: Final = (4, 5)


@dataclass(frozen=True)
class Manner:
    """How the work is done and shown; what is done, the request says."""

    as_json: bool = False
    cache: bool = True
    """Whether what passed before, and has not changed since, is not run again."""
    plain: bool = False
    """Whether lines are shown even on a terminal."""
    pytest_words: tuple[str, ...] = ()


class Ran(NamedTuple):
    """What came of a run."""

    status: int
    """pytest's."""
    results: list[report.Result]
    """Of each item that it chose."""
    text: str = ""
    """What is still to be shown."""
    interrupted: KeyboardInterrupt | None = None
    """What ended it before its time."""


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


def run(selection: Selection, request: Request, manner: Manner, *, at: Tree | None = None) -> int:
    """Do what is selected, print the table, and return the exit status: 0 if all that ran passed."""
    of = at or tree()
    plan.check_places(selection, request, of)
    # With --json, standard output is the report and nothing else.
    out = sys.stderr if manner.as_json else sys.stdout
    began, commit = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), commit_of(of)
    display = choose_display(out, plain=manner.plain)
    try:
        phases = Phases(display)
        programs = _prepare(selection, request, phases, of)
        with phases.phase("plan"):
            planned, store = plan.make(selection, request, of)
        with phases.phase("run"):
            ran = _run(planned, store, manner, display, of)
    finally:
        display.close()
    print(ran.text, file=out, end="")
    if ran.interrupted is not None and not ran.results:
        raise ran.interrupted
    if ran.status in _NOTHING_RAN and not ran.results:
        # pytest has said why; the last report stays.
        return UsageError.exit_status
    with phases.phase("report"):
        kernels = _kernels(planned, ran.results, of)
        about = report.Run(
            time=began,
            commit=commit,
            asked=(*request.words(), *manner.pytest_words),
            whole=request.is_whole and len(ran.results) == len(planned.items),
            interrupted=ran.interrupted is not None,
            kernel=request.asked.kernel,
        )
        values = report.document(of, planned, ran.results, phases.done, run=about, kernels=kernels, programs=programs)
        folder = archive.keep(of, values, _files(values, ran.results))
        summary.append(values)
    if manner.as_json:
        print(archive.dumped(values), end="")
    else:
        _show(ran.results, phases, folder, of)
    if ran.interrupted is not None:
        raise ran.interrupted
    return exit_status(ran.status, ran.results)


def _files(values: Mapping[str, Any], results: Sequence[report.Result]) -> dict[str, str]:
    """Return the text of each file of a report, by its name."""
    return {
        archive.REPORT: archive.dumped(values),
        "junit.xml": junit.document(results),
        "report.html": html.document(values),
    }


def commit_of(of: Tree) -> str:
    """Return what git calls the sources, with `-dirty` if they were changed since; empty: nobody knows."""
    if not (of.root / ".git").exists():
        return ""
    words = ["git", "-C", str(of.root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = proc.run(words, deadline_s=_GIT_S)
    except Solo5Error:
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def _prepare(selection: Selection, request: Request, phases: Phases, of: Tree) -> dict[str, Path]:
    """Bring packages and programs; return the program that runs guests, by cell."""
    archs, compiler = plan.archs(selection, request, of), request.asked.compiler
    with phases.phase("packages"):
        needs.require(archs, compiler=compiler, place=request.asked.place, at=of)
    programs: dict[str, Path] = {}
    for arch in archs:
        with phases.phase(f"build {arch.name}"):
            built = build(arch, compiler=compiler, at=of)
        for cell in selection.cells:
            if cell.arch == arch.name:
                programs[str(cell)] = launch.of(of.target(cell.target), of).program_in(built)
    return programs


def pytest_words(planned: Plan, manner: Manner, of: Tree) -> tuple[str, ...]:
    """Return the command of the run, without what only this run has."""
    words = [sys.executable, "-m", "pytest", "-p", "solo5.matrix.plugin", str(cases.guests_dir(of))]
    # hypothesis' plugin takes longer to load than many a case to run.
    words += ["-p", "no:hypothesispytest", "-q", "-rN", "--dist", "worksteal"]
    # Otherwise pytest takes settings from any folder above what it takes for arguments, as the plan's.
    words += ["--rootdir", str(of.checkout.root), "-c", str(of.checkout.settings)]
    if not _says(manner, "-n", "--numprocesses"):
        # One item needs no second worker, which takes a while to start.
        words += ["-n", "0" if len(planned.items) == 1 else str(_WORKERS)]
    return (*words, *manner.pytest_words)


def _says(manner: Manner, *options: str) -> bool:
    """Tell whether the user gives pytest one of these options."""
    return any(word.startswith(options) for word in manner.pytest_words)


def _run(planned: Plan, store: Store, manner: Manner, display: Display, of: Tree) -> Ran:
    """Run what must be."""
    if not manner.cache:
        return _run_pytest(planned, store, manner, display, of)
    planned = plan.with_keys(planned, ledger.keys(planned, of))
    known = ledger.Ledger(of).find(planned.items)
    if len(known) == len(planned.items) and not manner.pytest_words:
        # Nothing to run, and nothing for pytest to choose among.
        text = f"all {len(known)} passed before, and nothing has changed since; --no-cache runs them\n"
        return Ran(0, _known_results(planned, known), text)
    return _run_pytest(plan.with_passes(planned, known), store, manner, display, of)


def _known_results(planned: Plan, known: Mapping[str, Pass]) -> list[report.Result]:
    every = ((item, known[item.name]) for item in planned.items)
    return [report.of(item, Ending.BEFORE, seconds=each.seconds, place=each.place) for item, each in every]


def _run_pytest(planned: Plan, store: Store, manner: Manner, display: Display, of: Tree) -> Ran:
    """Run pytest, which tells the display what happens."""
    out = sys.stderr if manner.as_json else sys.stdout
    with tempfile.TemporaryFile() as kept, scratch.folder("run") as folder:
        plan.write(folder, planned, store)
        socket, results = folder / "socket", folder / "results.json"
        with events.listening(socket, display.take):
            own = ("--solo5-plan", str(folder), "--solo5-events", str(socket), "--solo5-results", str(results))
            # What pytest keeps for its tests goes with the run.
            kept_words = () if _says(manner, "--basetemp") else ("--basetemp", str(folder / "pytest"))
            # What is read again, and what the board shows, has no colours, whatever the caller's say.
            colour = ("--color", "no") if display.shows_cases else ()
            words = (*pytest_words(planned, manner, of), *own, *kept_words, *colour)
            try:
                status = _wait_for_pytest(words, of, kept if display.shows_cases else out)
            except KeyboardInterrupt as cause:
                # What ran until then is a result all the same.
                return Ran(INTERRUPTED, _results(results), interrupted=cause)
        kept.seek(0)
        text = kept.read().decode(errors="replace")
        return Ran(status, _results(results), behind_progress(text) if status else "")


def behind_progress(text: str) -> str:
    """Return what pytest wrote after its dots, or all if it never came to those."""
    found = re.search(r"^=+ [A-Z]+ =+$", text, re.MULTILINE)
    return text[found.start() :] if found else text


def _wait_for_pytest(words: Sequence[str], of: Tree, out: IO[Any]) -> int:
    root = of.checkout.root
    env = {"PYTHONPATH": str(root)}
    with tempfile.TemporaryFile() as kept:
        # Workers that are still starting complain of Ctrl-C at length, which
        # nobody needs to read.
        stderr = None if progress.is_verbose() else kept
        child = proc.spawn(words, kind=proc.Kind.OURS, cwd=root, env=env, stdout=out, stderr=stderr)
        try:
            status = proc.wait(child)
        except BaseException:
            # Whatever ended us, once: pytest and its workers close their machines.
            proc.end(child, signal.SIGINT, _GRACE_S)
            raise
        kept.seek(0)
        sys.stderr.write(kept.read().decode(errors="replace"))
    return status


def _results(path: Path) -> list[report.Result]:
    try:
        values: list[dict[str, Any]] = json.loads(path.read_text())
    except FileNotFoundError:
        return []
    return [report.result(each) for each in values]


def _kernels(planned: Plan, results: Sequence[report.Result], of: Tree) -> dict[str, Mapping[str, str]]:
    """Return the kernels that places brought along, by architecture."""
    used = {each.cell for each in results if each.place}
    cells = (each for each in planned.cells if each.cell in used)
    kernels = {each.runs: places.kind(each.place).kernel(each.arch_in(of)) for each in cells}
    return {name: kernel for name, kernel in kernels.items() if kernel}


def _show(results: Sequence[report.Result], phases: Phases, folder: Path, of: Tree) -> None:
    print()
    table.show(report.cell_states(of, results))
    for line in table.failing(results):
        print(line)
    print(f"report: {folder}/{{junit.xml,report.html,report.json}}; `solo5 report` lists the last ones")
    total = sum(phase.seconds for phase in phases.done)
    print(f"time: {total:.1f} s: {phases}")


def exit_status(status: int, results: Sequence[report.Result]) -> int:
    """Return pytest's verdict as a status of ours."""
    if status == 0:
        skipped_only = results and all(each.ending is Ending.SKIPPED for each in results)
        return ToolMissingError.exit_status if skipped_only else 0
    endings = {each.ending for each in results}
    if endings & {Ending.FAILED, Ending.TIMED_OUT, Ending.KILLED}:
        return GuestError.exit_status
    if Ending.BROKE in endings:
        return MachineError.exit_status
    # Of several errors the gravest, which a bug of ours is: it has the highest number.
    errors = (each.exit_status or Solo5Error.exit_status for each in results if each.ending is Ending.ERROR)
    return max(errors, default=Solo5Error.exit_status)


def show_plan(
    selection: Selection, request: Request, manner: Manner, choice: env.Choice, *, at: Tree | None = None
) -> None:
    """Print what would be done, and in which environment.

    Raises UsageError if a place that was asked for cannot be, as far as it is
    decided here.
    """
    of = at or tree()
    planned, _ = plan.make_for(choice, selection, request, of)
    print(f"environment: {choice.environment}: {choice.reason}")
    print(f"packages: what {'this host' if choice.here else 'it'} lacks is installed")
    for arch in selection.archs:
        print(f"build {arch.name}: into {of.build_dir(arch.name, planned.compiler)}")
    for cell in planned.cells:
        print(f"place of {cell.cell}: {choice.place_text(cell.place, cell.reason)}")
    print(f"run: {len(planned.items)} cases: {proc.line(pytest_words(planned, manner, of))}")
    print(f"report: {archive.runs(of)}/NUMBER/{{junit.xml,report.html,report.json}}")
