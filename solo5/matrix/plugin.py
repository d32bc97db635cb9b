# SPDX-License-Identifier: ISC
"""Runs the matrix under pytest: `pytest -p solo5.matrix.plugin tests/guests`.

Takes each item of a plan, runs its job in its place, and reports in few
words. The plan comes from who started pytest (`--solo5-plan`), or is made
here, once, for all workers. Nothing is built here, so that parallel workers
(pytest-xdist) only read. What a plan means, the other modules of this package
own.
"""

from __future__ import annotations

import collections
import contextlib
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from solo5 import interrupt, launch, outside, scratch, selecting, shown
from solo5.agent.job import Outcome
from solo5.errors import DeadlineError, MachineError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import Tree
from solo5.matrix import archive, cases, plan, verdict
from solo5.matrix import report as reports
from solo5.matrix.events import Teller
from solo5.matrix.ledger import Ledger
from solo5.matrix.plan import Plan, PlannedItem
from solo5.matrix.pool import Pool
from solo5.matrix.repeat import Asked
from solo5.matrix.request import Request, one_kernel, options, select
from solo5.matrix.verdict import Ending

#: How much of an output a failure shows.
_TAIL_LINES: Final = 12
_TAIL_COLUMNS: Final = 200

#: The folder of a plan, and what was read of it.
_FOLDER: Final = pytest.StashKey[Path]()
_PLAN: Final = pytest.StashKey[Plan]()
#: What goes when pytest does.
_UNDO: Final = pytest.StashKey[contextlib.ExitStack]()
_TELLER: Final = pytest.StashKey[Teller]()
_POOL: Final = pytest.StashKey[Pool]()

#: Letter and word of each ending on the terminal; pytest has its own for others.
_SHOWN: Final = {
    Ending.BEFORE: ("passed before", ",", "PASSED BEFORE"),
    Ending.TIMED_OUT: ("failed", "T", "TIMED OUT"),
    Ending.KILLED: ("failed", "K", "KILLED"),
    Ending.BROKE: ("error", "B", "PLACE BROKE"),
}


class MismatchError(Exception):
    """A guest ended otherwise than its case says; str() is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what is asked for, if no plan says so, and what a session tells its workers."""
    group = parser.getgroup("solo5", "the matrix")
    for flag, arguments in options():
        group.addoption(flag, **arguments)
    group.addoption("--compiler", help="what this one built, instead of the default one")
    group.addoption("--solo5-plan", metavar="FOLDER", help="run this plan; the options above are then without effect")
    group.addoption("--solo5-events", metavar="SOCKET", help="tell there what happens")
    group.addoption("--solo5-results", metavar="FILE", help="write what became of each item, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse names of cells, cases and kernels that do not exist, before anything runs."""
    interrupt.install()
    undo = config.stash[_UNDO] = contextlib.ExitStack()
    config.add_cleanup(interrupt.careful()(undo.close))
    if hasattr(config, "workerinput"):
        folder = config.workerinput.get("solo5_plan")
    else:
        config.pluginmanager.register(Recorder(config), "solo5-recorder")
        folder = config.getoption("--solo5-plan")
    if folder:
        config.stash[_FOLDER] = Path(folder)
    elif any(config.getoption(name) for name in ("--cell", "--case", "--skip", "--kernel")):
        with _usage():
            select(_request(config), _tree(config))


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """Let pytest show a mistake of the user as it shows its own: one line."""
    try:
        yield
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def _tree(config: pytest.Config) -> Tree:
    return Tree(config.rootpath)


def _request(config: pytest.Config) -> Request:
    return Request(
        cells=selecting.patterns(config.getoption("--cell")),
        cases=selecting.patterns(config.getoption("--case")),
        skips=selecting.patterns(config.getoption("--skip")),
        full=config.getoption("--full"),
        asked=Asked(
            config.getoption("--compiler"), config.getoption("--place"), one_kernel(config.getoption("--kernel"))
        ),
    )


def _folder(config: pytest.Config) -> Path:
    """Return the folder of the plan; make both first if nobody has."""
    if _FOLDER not in config.stash:
        of, request = _tree(config), _request(config)
        made, store = plan.make(select(request, of), request, of)
        with interrupt.careful():
            folder = config.stash[_UNDO].enter_context(scratch.folder("plan"))
        plan.write(folder, made, store)
        config.stash[_FOLDER] = folder
    return config.stash[_FOLDER]


def _plan(config: pytest.Config) -> Plan:
    if _PLAN not in config.stash:
        config.stash[_PLAN] = plan.read(_folder(config))
    return config.stash[_PLAN]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take each guest's table."""
    of = _tree(parent.config)
    if file_path.name == cases.TABLE and file_path.parent.parent == cases.guests_dir(of):
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """The table of one guest."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield its items in the plan."""
        for item in _plan(self.config).items:
            if item.guest == self.path.parent.name:
                yield CaseItem.from_parent(self, name=item.name, planned=item)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest declares it
        """Show a mistake in a table as one line."""
        if isinstance(excinfo.value, Solo5Error):
            return str(excinfo.value)
        return super(pytest.Collector, self).repr_failure(excinfo, style)


class CaseItem(pytest.Item):
    """One case in one cell."""

    def __init__(self, *, planned: PlannedItem, **kwargs: Any) -> None:  # noqa: ANN401 - pytest's
        super().__init__(**kwargs)
        self.planned = planned
        self.ending = Ending.ERROR
        self.place = ""
        self.seconds = 0.0
        self.detail: tuple[str, ...] = ()
        self.exit_status = 0

    def runtest(self) -> None:
        """Run the job and judge it, unless that is known."""
        planned = self.planned
        self.config.stash[_TELLER].tell("begun", name=self.name, cell=planned.cell)
        if planned.passed is not None:
            self.ending, self.place, self.seconds = Ending.BEFORE, planned.passed.place, planned.passed.seconds
            return
        cell = _plan(self.config).cell_of(planned)
        try:
            outcome = self.config.stash[_POOL].run(planned)
        except (MachineError, DeadlineError) as error:
            self.ending, self.place, self.detail = Ending.BROKE, cell.place, (_first_line(error),)
            raise
        except OSError as error:
            known = outside.explained(error)
            if known is None:
                raise
            self.detail = (_first_line(known),)
            raise known from error
        except ToolMissingError as error:
            # On the way to a release, what cannot run is no small matter.
            if not os.environ.get("CI"):
                pytest.skip(str(error))
            raise
        self.place, self.seconds = cell.place, outcome.seconds
        launcher = launch.of(_tree(self.config).target(cell.target), _tree(self.config))
        outcome = launcher.guest_outcome(outcome)
        self.detail = verdict.mismatches(planned, launcher, outcome)
        self.ending = verdict.ending(outcome, self.detail)
        differs = bool(self.detail)
        self.detail += verdict.cuts(outcome)
        if differs:
            raise MismatchError("\n".join(self._failure(outcome)))

    def _failure(self, outcome: Outcome) -> Iterator[str]:
        yield from self._head()
        yield from (f"  - {line}" for line in self.detail)
        yield from _tail("stdout", outcome.stdout)
        yield from _tail("stderr", outcome.stderr)
        yield from _tail("peer", outcome.peer_output)
        yield from self._foot()

    def _head(self) -> Iterator[str]:
        yield f"{self.name}: {self.ending.value}"
        yield f"  the fact: {self.planned.about}"

    def _foot(self) -> Iterator[str]:
        where = f"in the {self.place}, " if self.place else ""
        yield f"  {where}{self.seconds:.2f} s; to repeat: {self.planned.repeat}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest declares it
        """Show what differs, and no traceback where it is not our bug."""
        error = excinfo.value
        if isinstance(error, MismatchError):
            return str(error)
        if isinstance(error, Solo5Error):
            said = [f"  {line}" for line in shown.text(str(error)).splitlines()]
            return "\n".join([*self._head(), *said, *self._foot()])
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Tell pytest where this is: in a file, at no line of it."""
        return self.path, None, self.name


def _first_line(error: Exception) -> str:
    return (shown.text(str(error)).splitlines() or [type(error).__name__])[0]


def _tail(name: str, content: bytes) -> Iterator[str]:
    """Yield the last lines of an output, indented, if there is any."""
    lines, count = shown.last_lines(content, _TAIL_LINES)
    if not lines:
        return
    left_out = f", last {_TAIL_LINES} of {count} lines" if count > _TAIL_LINES else ""
    yield f"  {name}{left_out}:"
    for line in lines:
        yield f"    {shown.line(line, _TAIL_COLUMNS)}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put cells together, so that a worker opens few places; the longest first."""
    if not any(isinstance(item, CaseItem) for item in items):
        return
    seconds = getattr(config, "workerinput", {}).get("solo5_seconds")
    if seconds is None:
        seconds = _last_seconds(_tree(config))
    order = {each.cell: at for at, each in enumerate(_plan(config).cells)}

    first = _plan(config).first

    def key(item: pytest.Item) -> tuple[int, int, float]:
        if not isinstance(item, CaseItem):
            return (-1, -1, 0.0)
        # What was never timed may be long.
        length = -seconds.get(item.name, item.planned.job.deadline_s)
        return (int(item.name not in first), order[item.planned.cell], length)

    items.sort(key=key)


def _last_seconds(of: Tree) -> dict[str, float]:
    return reports.last_seconds(archive.folder(of) / archive.REPORT)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist declares no type
    """Give a worker the plan, and how long items took: all must sort them the same way."""
    node.workerinput["solo5_seconds"] = _last_seconds(_tree(node.config))
    if _takes_guests(node.config):
        with _usage():
            node.workerinput["solo5_plan"] = str(_folder(node.config))


def _takes_guests(config: pytest.Config) -> bool:
    """Tell whether what pytest was told to collect holds guests' tables."""
    guests = cases.guests_dir(_tree(config))
    paths = [Path(config.invocation_params.dir, word.partition("::")[0]) for word in config.args]
    return any(path.is_relative_to(guests) or guests.is_relative_to(path) for path in paths)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Make ready for places, now that the items are known."""
    config = session.config
    planned = [item.planned for item in session.items if isinstance(item, CaseItem)]
    teller = config.stash[_TELLER] = Teller(config.getoption("--solo5-events"))
    teller.tell("chosen", cells=collections.Counter(item.cell for item in planned))
    if planned:
        pool = Pool(_tree(config), _plan(config), planned, plan.store_of(_folder(config)), teller)
        # Also where an interrupt keeps the session from its end.
        config.stash[_UNDO].callback(pool.close)
        config.stash[_POOL] = pool


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write down what became of an item, and let no skip pass in CI."""
    made = yield
    if not isinstance(item, CaseItem) or (call.when != "call" and made.passed):
        return made
    if made.skipped:
        item.ending = Ending.SKIPPED
        item.detail = (str(call.excinfo.value) if call.excinfo else "no reason given",)
        if os.environ.get("CI"):
            item.ending, item.exit_status = Ending.ERROR, ToolMissingError.exit_status
            made.outcome = "failed"
            made.longrepr = f"{item.name}: skipped, which is an error here (CI is set): {item.detail[0]}"
    elif made.failed and call.excinfo is not None:
        if isinstance(call.excinfo.value, Solo5Error):
            item.exit_status = call.excinfo.value.exit_status
        item.detail = item.detail or (_first_line(call.excinfo.value),)  # type: ignore[arg-type]
    if item.ending.is_failure:
        # Before anybody hears of it: whatever ends this run later, it is remembered as no pass.
        Ledger(_tree(item.config)).forget(item.planned.cell, item.name)
    told = {"name": item.name, "cell": item.planned.cell, "ending": item.ending.value}
    item.config.stash[_TELLER].tell("ended", **told, detail="; ".join(item.detail)[:_TAIL_COLUMNS])
    # Further attributes travel with a report from a worker to the one who gathers.
    made.solo5 = _result(item, made.longreprtext).plain()  # type: ignore[attr-defined]
    return made


def _result(item: CaseItem, text: str) -> reports.Result:
    return reports.of(
        item.planned,
        item.ending,
        seconds=round(item.seconds, 4),
        place=item.place,
        detail=item.detail,
        text=text,
        exit_status=item.exit_status,
    )


def _told(made: pytest.TestReport) -> reports.Result | None:
    """Return what a report says of an item of the matrix."""
    said = getattr(made, "solo5", None)
    return None if said is None else reports.result(said)


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, str] | None:
    """Name the endings that pytest has no word for."""
    if not isinstance(report, pytest.TestReport):
        return None
    told = _told(report)
    return None if told is None else _SHOWN.get(told.ending)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close all places, also after Ctrl-C."""
    pool = session.config.stash.get(_POOL, None)
    if pool is not None:
        pool.close()


class Recorder:
    """Gathers results where all reports arrive: in the one process that is no worker."""

    def __init__(self, config: pytest.Config) -> None:
        """`config`: of that process."""
        self._config = config
        self._results: dict[str, reports.Result] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one report."""
        told = _told(report)
        if told is not None:
            self._results[told.name] = told
        elif report.failed and report.when not in {"setup", "call", "teardown"}:
            # So pytest-xdist reports the test whose worker died.
            self._take_lost(report.nodeid.rpartition("::")[2])

    def _take_lost(self, name: str) -> None:
        planned = next(each for each in _plan(self._config).items if each.name == name)
        self._results[name] = reports.of(planned, Ending.ERROR, detail=("the test worker died",))
        Ledger(_tree(self._config)).forget(planned.cell, name)

    def pytest_sessionfinish(self) -> None:
        """Remember what passed, and write the results where they are asked for."""
        if self._results:
            Ledger(_tree(self._config)).record(_plan(self._config).items, self._results)
        path = self._config.getoption("--solo5-results")
        if path:
            archive.write(Path(path), [each.plain() for each in self._results.values()])
