# SPDX-License-Identifier: ISC
"""Where reports are kept: of each of the newest runs one, numbered, and the last of the whole matrix.

    build/report/runs/NUMBER/   report.json, junit.xml, report.html of one run
    build/report/               the same of the last run of the whole matrix; until there is one, of the last run
    build/report/COMPILER/      the same, of a compiler that is not the default one
    build/report/.../KERNEL/    the same, of a kernel that is not the stock one

A run of some cells or cases replaces no whole report, and one compiler's run
not another's. What a report holds, solo5.matrix.report says.
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from solo5 import scratch
from solo5.errors import UsageError, naming
from solo5.facts import Tree
from solo5.matrix import report
from solo5.matrix.verdict import Ending

#: So many runs are kept, the newest.
MOST: Final = 30
REPORT: Final = "report.json"

Values = Mapping[str, Any]


def folder(of: Tree, kernel: str | None = None, compiler: str | None = None) -> Path:
    """Return where the last whole report lies; None: of the stock kernel, of the default compiler."""
    own = compiler if compiler is not None and compiler != of.default_compiler else ""
    return of.build_root / "report" / own / (kernel or "")


def runs(of: Tree) -> Path:
    """Return the folder of those that are kept."""
    return of.build_root / "report" / "runs"


def numbers(of: Tree) -> list[int]:
    """Return the numbers of those that are kept, the newest last."""
    return sorted(int(path.name) for path in runs(of).glob("[0-9]*") if path.name.isdigit())


def keep(of: Tree, values: Values, texts: Mapping[str, str]) -> Path:
    """Keep a report, as the files of those names; return the new folder, which appears whole."""
    kept = _add(of, texts)
    last = folder(of, values["kernel"], values["compiler"])
    if values["whole"] or not _is_whole(last / REPORT):
        for name, text in texts.items():
            _replace(last / name, text)
    return kept


def _add(of: Tree, texts: Mapping[str, str]) -> Path:
    runs(of).mkdir(parents=True, exist_ok=True)
    known = numbers(of)
    for old in known[: max(0, len(known) + 1 - MOST)]:
        shutil.rmtree(runs(of) / str(old), ignore_errors=True)
    number = max(known, default=0) + 1
    while True:
        path = runs(of) / str(number)
        try:
            with scratch.replacing(path) as unfinished:
                unfinished.mkdir()
                for name, text in texts.items():
                    (unfinished / name).write_text(text)
        except OSError as error:
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
            # Another run has just taken it.
            number += 1
        else:
            return path


def adopt(of: Tree, others: Path, commit: str) -> None:
    """Keep the reports of a session that worked elsewhere, whose build folder came back to `others`.

    There is no history where a session works elsewhere, so `commit` is added.
    """
    known = [_key(values) for values in read_all(of).values() if values is not None]
    for path in sorted((others / "report" / "runs").glob("[0-9]*")):
        values = _read(path / REPORT)
        if values is not None and _key(values) not in known:
            texts = {each.name: each.read_text(encoding="utf-8") for each in path.iterdir()}
            _add(of, {**texts, REPORT: dumped({**values, "commit": values.get("commit") or commit})})


def _key(values: Values) -> tuple[Any, ...]:
    return values.get("time"), values.get("environment")


def dumped(values: object) -> str:
    """Return values as the text of a JSON file."""
    return json.dumps(values, indent=1) + "\n"


def write(path: Path, values: object) -> None:
    """Write values as JSON."""
    _replace(path, dumped(values))


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all, in a folder that may not exist yet."""
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.replacing(path) as unfinished:
            unfinished.write_text(text)


def _is_whole(path: Path) -> bool:
    values = _read(path)
    return values is not None and bool(values.get("whole"))


def read_all(of: Tree) -> dict[int, Values | None]:
    """Return the reports that are kept by number, the newest last; None: it is damaged."""
    return {number: _read(runs(of) / str(number) / REPORT) for number in numbers(of)}


def _read(path: Path) -> Values | None:
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) and _is_report(values) else None


def _is_report(values: Values) -> bool:
    """Tell whether it is one, of our schema, with all that is looked at."""
    try:
        return values["schema"] == report.SCHEMA and all(_parts(values))
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _parts(values: Values) -> Iterator[bool]:
    """Look at each part as readers do, who need not expect that one is not there, or of another type."""
    yield values.keys() >= {"compiler", "environment"} and float(values["seconds"]) >= 0
    yield values["uname"].keys() >= {"machine", "system", "release"}
    for case in values["cases"]:
        yield float(report.result(case).seconds) >= 0
    for phase in values["phases"]:
        yield "name" in phase and float(phase["seconds"]) >= 0
    for cell in values["cells"]:
        yield cell.keys() >= {"target", "arch", "state"}
        yield all(Ending(ending) and int(count) >= 0 for ending, count in cell["counts"].items())


def path_of(of: Tree, name: str) -> Path:
    """Return the file of a report that is named by its number, or by the path of itself or its folder."""
    if name.isdigit():
        path = runs(of) / name / REPORT
        if not path.is_file():
            known = ", ".join(map(str, numbers(of))) or "none"
            message = f"report {name}: not kept; kept: {known}"
            raise UsageError(message)
        return path
    path = Path(name)
    return path / REPORT if path.is_dir() else path


def load(path: Path) -> Values:
    """Return a report. Raises UsageError: there is none, or the file is damaged."""
    if not path.is_file():
        message = f"{path}: no such file; `solo5 report` lists the reports that are kept"
        raise UsageError(message)
    values = _read(path)
    if values is None:
        message = f"{path}: no report, or a damaged one; expected what a run of the matrix writes"
        raise UsageError(message)
    return values


def failed(of: Tree, compiler: str, kernel: str | None) -> set[str]:
    """Return the names of the items that failed when they last ran, so built and on that kernel."""
    seen: set[str] = set()
    found: set[str] = set()
    for values in reversed([each for each in read_all(of).values() if each is not None]):
        if (values.get("compiler"), values.get("kernel")) != (compiler, kernel):
            continue
        for case in values["cases"]:
            if case["ending"] != "skipped" and case["name"] not in seen:
                seen.add(case["name"])
                if case["ending"] not in PASSES:
                    found.add(case["name"])
    return found


#: The names of the endings that are a pass.
PASSES: Final = frozenset(ending.value for ending in Ending if ending.is_pass)
