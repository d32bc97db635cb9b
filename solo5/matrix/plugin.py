# SPDX-License-Identifier: ISC
"""Runs the matrix under pytest: `pytest -p solo5.matrix.plugin tests/guests`.

Collects an item for each case in each cell, runs it in a place, and reports
in few words. Nothing is built here: whoever starts pytest has done that, so
that parallel workers (pytest-xdist) only read. What a case means, the other
modules of this package own.
"""

from __future__ import annotations

import collections
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from solo5.agent.job import Outcome
from solo5.errors import DeadlineError, MachineError, Solo5Error, ToolMissingError, UsageError
from solo5.facts import Cell, Target, Tree
from solo5.matrix import before, cases, plan, repeat, verdict
from solo5.matrix import report as reports
from solo5.matrix.events import Teller
from solo5.matrix.places import Places
from solo5.matrix.verdict import Ending

#: How much of an output a failure shows.
_TAIL_LINES: Final = 12
_TAIL_COLUMNS: Final = 200

_TELLER: Final = pytest.StashKey[Teller]()
_PLACES: Final = pytest.StashKey[Places]()
_KNOWN: Final = pytest.StashKey[dict[str, before.Pass]]()

#: Letter and word of each ending on the terminal; pytest has its own for others.
_SHOWN: Final = {
    Ending.BEFORE: ("passed before", ",", "PASSED BEFORE"),
    Ending.TIMED_OUT: ("failed", "T", "TIMED OUT"),
    Ending.KILLED: ("failed", "K", "KILLED"),
    Ending.MACHINE: ("error", "M", "CRASHED VM"),
}


class MismatchError(Exception):
    """A guest ended otherwise than its case says; str() is the report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what chooses items and places."""
    group = parser.getgroup("solo5", "the matrix")
    group.addoption("--cell", action="append", default=[], help="only this, as in spt-ARCH (repeatable)")
    group.addoption("--case", action="append", default=[], help="only this case, as in blk[512] (repeatable)")
    group.addoption("--full", action="store_true", help="the soak too, which takes minutes")
    group.addoption("--place", choices=["host", "vm"], help="run there instead of in the best place")
    group.addoption("--toolchain", help="what this one built, instead of the default one")
    group.addoption("--solo5-known", metavar="FILE", help="what passed before and is not run again, as JSON")
    group.addoption("--solo5-events", metavar="SOCKET", help="tell there what happens")
    group.addoption("--solo5-results", metavar="FILE", help="write what became of each item, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse names of cells and cases that do not exist, before anything runs."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(config), "solo5-recorder")
    known = config.getoption("--solo5-known")
    config.stash[_KNOWN] = before.read(Path(known)) if known else {}
    try:
        of = _tree(config)
        for name in config.getoption("--cell"):
            of.cell(name)
        of.compiler(config.getoption("--toolchain"))
        _check_cases(of, config.getoption("--case"))
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error


def _check_cases(of: Tree, names: list[str]) -> None:
    items = cases.all_items(of, of.cells(), full=True) if names else ()
    for name in names:
        if not any(repeat.selects(name, item) for item in items):
            cases.find_item(of, name)


def _tree(config: pytest.Config) -> Tree:
    return Tree(config.rootpath)


def _asked(config: pytest.Config) -> repeat.Asked:
    return repeat.Asked(config.getoption("--toolchain"), config.getoption("--place"))


def _cells(config: pytest.Config) -> tuple[Cell, ...]:
    of = _tree(config)
    wanted = config.getoption("--cell")
    return tuple(of.cell(name) for name in wanted) if wanted else of.cells()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take each guest's table."""
    of = _tree(parent.config)
    if file_path.name == "cases.toml" and file_path.parent.parent == cases.guests_dir(of):
        return CaseFile.from_parent(parent, path=file_path)
    return None


class CaseFile(pytest.File):
    """The table of one guest."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield its items in the chosen cells."""
        config = self.config
        guest = cases.load_guest(self.path, _tree(config))
        names = config.getoption("--case")
        for item in cases.items_of(guest, _cells(config), full=config.getoption("--full")):
            if not names or any(repeat.selects(name, item) for name in names):
                yield CaseItem.from_parent(self, name=item.name, planned=item)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest declares it
        """Show a mistake in the table as one line."""
        if isinstance(excinfo.value, Solo5Error):
            return str(excinfo.value)
        return super(pytest.Collector, self).repr_failure(excinfo, style)


class CaseItem(pytest.Item):
    """One case in one cell."""

    def __init__(self, *, planned: cases.Item, **kwargs: Any) -> None:  # noqa: ANN401 - pytest's
        super().__init__(**kwargs)
        self.planned = planned
        self.ending = Ending.ERROR
        self.place = ""
        self.seconds = 0.0
        self.detail: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        """The facts of the cell's target."""
        return _tree(self.config).target(self.planned.cell.target)

    @property
    def repeat(self) -> str:
        """The command that runs this item again."""
        return repeat.command(_tree(self.config), self.planned, _asked(self.config))

    def runtest(self) -> None:
        """Run the job and judge it, unless that is known."""
        teller = self.config.stash[_TELLER]
        teller.tell("begun", name=self.name, cell=str(self.planned.cell))
        known = self.config.stash[_KNOWN].get(self.name)
        if known is not None:
            self.ending, self.place, self.seconds = Ending.BEFORE, known.place, known.seconds
            return
        arch = _tree(self.config).arch(self.planned.cell.arch)
        case = self.planned.case
        guest = self.planned.guest
        made = plan.fixture(guest, case, arch, self.target) if guest.is_fixture else None
        try:
            job = plan.job(self.planned, self.target, made)
            outcome, self.place = self.config.stash[_PLACES].run(self.planned.cell, job)
        except (MachineError, DeadlineError) as error:
            self.ending, self.place, self.detail = Ending.MACHINE, "vm", (_first_line(error),)
            raise
        except ToolMissingError as error:
            # On the way to a release, what cannot run is no small matter.
            if not os.environ.get("CI"):
                pytest.skip(str(error))
            raise
        self.seconds = outcome.seconds
        self.detail = verdict.mismatches(self.planned, self.target, outcome)
        self.ending = verdict.ending(outcome, self.detail)
        if self.detail:
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
        yield f"  the fact: {self.planned.case.about}"

    def _foot(self) -> Iterator[str]:
        where = f"in the {self.place}, " if self.place else ""
        yield f"  {where}{self.seconds:.2f} s; to repeat: {self.repeat}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest declares it
        """Show what differs, and no traceback where it is not our bug."""
        error = excinfo.value
        if isinstance(error, MismatchError):
            return str(error)
        if isinstance(error, Solo5Error):
            said = [f"  {line}" for line in str(error).splitlines()]
            return "\n".join([*self._head(), *said, *self._foot()])
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Tell pytest where this is: in a file, at no line of it."""
        return self.path, None, self.name


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _tail(name: str, content: bytes) -> Iterator[str]:
    """Yield the last lines of an output, indented, if there is any."""
    lines = content.decode(errors="backslashreplace").splitlines()
    if not lines:
        return
    left_out = f", last {_TAIL_LINES} of {len(lines)} lines" if len(lines) > _TAIL_LINES else ""
    yield f"  {name}{left_out}:"
    for line in lines[-_TAIL_LINES:]:
        cut = line if len(line) <= _TAIL_COLUMNS else f"{line[:_TAIL_COLUMNS]}..."
        yield f"    {cut}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put cells together, so that a worker opens few places; the longest first."""
    seconds = getattr(config, "workerinput", {}).get("solo5_seconds")
    if seconds is None:
        seconds = _last_seconds(_tree(config))
    order = {cell: at for at, cell in enumerate(_cells(config))}

    def key(item: pytest.Item) -> tuple[int, float]:
        if not isinstance(item, CaseItem):
            return (-1, 0.0)
        # What was never timed may be long.
        return (order[item.planned.cell], -seconds.get(item.name, item.planned.case.deadline_s))

    items.sort(key=key)


def _last_seconds(of: Tree) -> dict[str, float]:
    return reports.last_seconds(reports.folder(of) / "report.json")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist declares no type
    """Tell a worker how long items took: all must sort them the same way."""
    node.workerinput["solo5_seconds"] = _last_seconds(_tree(node.config))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Make ready for places, now that the items are known."""
    planned = [item.planned for item in session.items if isinstance(item, CaseItem)]
    config = session.config
    teller = config.stash[_TELLER] = Teller(config.getoption("--solo5-events"))
    teller.tell("chosen", cells=collections.Counter(str(item.cell) for item in planned))
    config.stash[_PLACES] = Places(_tree(config), planned, _asked(config), teller)


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
            item.ending = Ending.ERROR
            made.outcome = "failed"
            made.longrepr = f"{item.name}: skipped, which is an error here (CI is set): {item.detail[0]}"
    elif made.failed and not item.detail and call.excinfo is not None:
        item.detail = (_first_line(call.excinfo.value),)  # type: ignore[arg-type]
    told = {"name": item.name, "cell": str(item.planned.cell), "ending": item.ending.value}
    item.config.stash[_TELLER].tell("ended", **told, detail="; ".join(item.detail)[:_TAIL_COLUMNS])
    # Further attributes travel with a report from a worker to the one who gathers.
    made.solo5 = _result(item, made.longreprtext).plain()  # type: ignore[attr-defined]
    return made


def _result(item: CaseItem, text: str) -> reports.Result:
    planned = item.planned
    return reports.Result(
        name=item.name,
        cell=str(planned.cell),
        guest=planned.case.guest,
        case=planned.case.name,
        ending=item.ending,
        seconds=round(item.seconds, 4),
        place=item.place,
        detail=item.detail,
        repeat=item.repeat,
        text=text,
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
    places = session.config.stash.get(_PLACES, None)
    if places is not None:
        places.close()


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
        of = _tree(self._config)
        item = cases.find_item(of, name)
        self._results[name] = reports.Result(
            name=name,
            cell=str(item.cell),
            guest=item.case.guest,
            case=item.case.name,
            ending=Ending.ERROR,
            seconds=0.0,
            place="",
            detail=("the test worker died",),
            repeat=repeat.command(of, item, _asked(self._config)),
        )

    def pytest_sessionfinish(self) -> None:
        """Write the results where they are asked for."""
        path = self._config.getoption("--solo5-results")
        if path:
            reports.write(Path(path), [each.plain() for each in self._results.values()])
