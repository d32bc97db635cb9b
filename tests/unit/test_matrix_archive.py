# SPDX-License-Identifier: ISC
"""solo5.matrix.archive, .changes and .retold: reports that are kept, what they say, and what changed between two."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from solo5.commands import matrix
from solo5.commands import report as command
from solo5.errors import INTERRUPTED, UsageError
from solo5.facts import Tree, tree
from solo5.matrix import archive, cases, changes, flow, plan, report, request, retold
from solo5.matrix.plan import SCHEMA, Plan
from solo5.matrix.verdict import Ending

CELL = str(tree().cells()[0])


def _values(*results: tuple[str, Ending], compiler: str = "gcc", seconds: float = 0.1, **about: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of many types
    run = report.Run(**{"time": "2026-01-31T12:00:00Z", "commit": "abc", "asked": (), "whole": False, **about})
    found = [
        report.Result(f"{name}-{CELL}", CELL, name, "", ending, seconds, "vm", ("why",), f"./noxw -s {name}")
        for name, ending in results
    ]
    phases = [report.Phase("run", 1.25)]
    planned = Plan(SCHEMA, compiler, True, (), ())
    return report.document(tree(), planned, found, phases, run=run, kernels={}, programs={})


@pytest.fixture
def of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Return a tree with the facts of ours, which commands take for theirs, and no reports."""
    shutil.copytree(tree().root / "toolchains", tmp_path / "toolchains")
    made = Tree(tmp_path)
    for module in (command, matrix):
        monkeypatch.setattr(module, "tree", lambda: made)
    return made


def _keep(of: Tree, values: dict[str, Any]) -> Path:
    return archive.keep(of, values, {archive.REPORT: archive.dumped(values), "junit.xml": "x", "report.html": "y"})


def _last(of: Tree, *kind: str | None) -> list[str]:
    values = json.loads((archive.folder(of, *kind) / archive.REPORT).read_text())
    return [case["guest"] for case in values["cases"]]


def test_a_partial_run_replaces_no_whole_report(of: Tree) -> None:
    """Until there is a whole one, the last of all is there; then only the next whole one takes its place."""
    for name, whole, expected in (("a", False, "a"), ("b", False, "b"), ("c", True, "c"), ("d", False, "c")):
        kept = _keep(of, _values((name, Ending.PASSED), whole=whole))
        assert [expected] == _last(of)
        assert [name] == [case["guest"] for case in archive.load(kept / archive.REPORT)["cases"]]
        assert {"junit.xml", "report.html", "report.json"} == {path.name for path in kept.iterdir()}
    _keep(of, _values(("e", Ending.FAILED), whole=True))
    assert ["e"] == _last(of)


def test_compilers_and_kernels_do_not_overwrite_each_other(of: Tree) -> None:
    """Each compiler that is not the default one has a folder, and so has each kernel, below that."""
    other = next(name for name in of.compiler_names if name != of.default_compiler)
    _keep(of, _values(("a", Ending.PASSED), whole=True, compiler=of.default_compiler))
    _keep(of, _values(("b", Ending.PASSED), whole=True, compiler=other))
    _keep(of, _values(("c", Ending.PASSED), whole=True, compiler=of.default_compiler, kernel="large"))
    _keep(of, _values(("d", Ending.PASSED), whole=True, compiler=other, kernel="large"))
    assert [["a"], ["b"], ["c"], ["d"]] == [
        _last(of),
        _last(of, None, other),
        _last(of, "large"),
        _last(of, "large", other),
    ]


def test_the_newest_runs_are_kept_and_no_more(of: Tree) -> None:
    """A number is never used again, and what was left unfinished is none of them."""
    for at in range(archive.MOST + 3):
        _keep(of, _values((f"a{at}", Ending.PASSED)))
    assert list(range(4, archive.MOST + 4)) == archive.numbers(of)
    assert {str(number) for number in archive.numbers(of)} == {path.name for path in archive.runs(of).iterdir()}


def test_two_runs_at_a_time_are_two_reports(of: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that want the same number one takes the next."""
    _keep(of, _values(("a", Ending.PASSED)))
    monkeypatch.setattr(archive, "numbers", lambda _: [])
    second = _keep(of, _values(("b", Ending.PASSED)))
    assert "2" == second.name
    assert "b" in (second / archive.REPORT).read_text()


def test_the_list_says_what_each_run_was(of: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """When, which compiler, commit, counts, what was asked for, the newest first; what is not whole is called so."""
    assert 0 == command.main([])
    assert "none yet: `solo5 matrix` makes one\n" == capsys.readouterr().out
    _keep(of, _values(("a", Ending.PASSED), whole=True))
    asked = ("--cell", "spt-*", "-x")
    _keep(of, _values(("a", Ending.PASSED), ("b", Ending.KILLED), asked=asked, interrupted=True, compiler="clang"))
    (_keep(of, _values()) / archive.REPORT).write_text('{"cases": ')
    assert 0 == command.main([])
    _, damaged, second, first = (line.split("  ") for line in capsys.readouterr().out.splitlines())
    assert ["3", "damaged"] == [word for word in damaged if word][:2]
    assert ["2", "2026-01-31 12:00:00", "clang", "abc"] == [word.strip() for word in second if word][:4]
    assert ["interrupted: 1 killed, 1 passed", "--cell 'spt-*' -x"] == [word.strip() for word in second if word][4:]
    assert ["1 passed", "everything"] == [word.strip() for word in first if word][4:]


def test_one_in_full_by_number_or_path(of: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """The table, each failure and how to repeat it; the same by number, by its folder and by its file."""
    kept = _keep(of, _values(("good", Ending.PASSED), ("bad", Ending.TIMED_OUT)))
    said = []
    for name in ("1", str(kept), str(kept / archive.REPORT)):
        assert 0 == command.main([name])
        said.append(capsys.readouterr().out)
    assert 1 == len(set(said))
    assert "cases     1 timed out, 1 passed\n" in said[0]
    assert f"\nbad-{CELL}: timed out: why\n" in said[0]
    assert f"report: {kept}\n" in said[0]
    assert "good-" not in said[0]
    assert 0 == command.main(["1", "--json"])
    assert archive.load(kept / archive.REPORT) == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["7"], "report 7: not kept; kept: 1"),
        (["nothing"], "nothing: no such file; `solo5 report` lists"),
        (["1", "1", "1"], "report: at most two runs, not 3"),
    ],
)
def test_a_report_that_is_not_there(of: Tree, words: list[str], complaint: str) -> None:
    """What cannot be shown is the user's mistake, with what there is."""
    _keep(of, _values())
    with pytest.raises(UsageError) as raised:
        command.main(words)
    assert str(raised.value).startswith(complaint)


def test_what_is_no_report_is_named(of: Tree) -> None:
    """A file that holds something else is one line, no traceback."""
    good = _values(("a", Ending.PASSED))
    odd: list[dict[str, Any]] = [
        {**good, "schema": 2},
        {**good, "cases": [{}]},
        {**good, "cases": 1},
        {"schema": 1, "cases": []},
    ]
    bad: tuple[Any, ...] = ([{}], 1, None)
    odd += [{**good, key: value} for key in ("uname", "phases", "cells") for value in bad]
    odd += [{**good, "cases": [{**good["cases"][0], "seconds": "long"}]}]
    for text in ("", "[]", "{}", "\x00", *map(json.dumps, odd)):
        path = of.root / "some.json"
        path.write_text(text)
        with pytest.raises(UsageError, match=r"some\.json: no report, or a damaged one"):
            archive.load(path)


def test_a_report_does_nothing_to_a_terminal(of: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever wrote it, and whatever a guest wrote that stands in it."""
    kept = _keep(of, _values(("bad", Ending.FAILED), commit="\x1b[2J", asked=("--case", "\u202e")))
    for words in ([], ["1"], [str(kept)], ["1", "1"], ["1", "--json"], ["--json"]):
        assert 0 == command.main(words)
        said = capsys.readouterr().out
        assert said.replace("\n", "").isprintable(), said


def test_what_changed_between_two(of: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken, mended, otherwise failed, new, gone and slower are told apart; a pass that was not run is a pass."""
    first = {
        "same": Ending.PASSED,
        "kept": Ending.PASSED,
        "breaks": Ending.BEFORE,
        "heals": Ending.FAILED,
        "turns": Ending.FAILED,
        "goes": Ending.PASSED,
    }
    second = {
        "same": Ending.PASSED,
        "kept": Ending.BEFORE,
        "breaks": Ending.KILLED,
        "heals": Ending.PASSED,
        "turns": Ending.TIMED_OUT,
        "comes": Ending.PASSED,
    }
    _keep(of, _values(*first.items(), whole=True))
    _keep(of, _values(*second.items(), whole=True, seconds=2.0))
    assert 0 == command.main(["1", "2"])
    assert [
        f"broken: breaks-{CELL}: passed before -> killed",
        f"other: turns-{CELL}: failed -> timed out",
        f"mended: heals-{CELL}: failed -> passed",
        f"new: comes-{CELL}: passed",
        f"gone: goes-{CELL}",
        f"slower: same-{CELL}: 0.10 s -> 2.00 s",
    ] == capsys.readouterr().out.splitlines()


def test_what_a_partial_run_did_not_run_is_not_gone() -> None:
    """Nobody asked for it, nor is new what only the whole one has; how many those are is said."""
    apart = "1 cases, since the other is of a part"
    one, two = ("a", Ending.PASSED), ("b", Ending.PASSED)
    found = changes.between(_values(one, two, whole=True), _values(one))
    assert ["nothing changed", f"only in the first: {apart}"] == retold.changed(found)
    found = changes.between(_values(one), _values(two, ("c", Ending.FAILED), whole=True))
    assert [f"new: c-{CELL}: failed", f"gone: a-{CELL}", f"only in the second: {apart}"] == retold.changed(found)


def _chosen(of: Tree, capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    del of
    assert 0 == matrix.main([*words, "--print"])
    return capsys.readouterr().out.splitlines()


@pytest.fixture
def guests(of: Tree) -> Tree:
    """Return a tree with cases a, b and c, of which b failed and then passed, and c failed."""
    cell = tree().cells()[0]
    (of.root / "bindings" / "arch" / cell.arch / cell.target).mkdir(parents=True)
    for name in "abc":
        folder = cases.guests_dir(of) / name
        folder.mkdir(parents=True)
        (folder / f"{name}.c").touch()
        (folder / "cases.toml").write_text('[[case]]\nabout = "It is."\nexpect = {status = 0}\n')
    _keep(of, _values(("a", Ending.PASSED), ("b", Ending.FAILED), ("c", Ending.KILLED), whole=True))
    _keep(of, _values(("b", Ending.PASSED)))
    _keep(of, _values(("a", Ending.FAILED), compiler="clang"))
    return of


def test_what_failed_last_runs_alone_or_first(guests: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """Each case counts as it last ended, whichever run that was; another compiler's failures are others."""
    assert [f"c-{CELL}"] == _chosen(guests, capsys, "--lf")
    assert [f"c-{CELL}", f"a-{CELL}", f"b-{CELL}"] == _chosen(guests, capsys, "--ff")
    assert [f"a-{CELL}"] == _chosen(guests, capsys, "--lf", "--compiler", "clang")


def test_without_a_failure_all_that_is_chosen_runs(guests: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """As pytest has it: where nothing failed, --lf leaves nothing out, and says so."""
    assert 0 == matrix.main(["--lf", "--case", "b", "--print"])
    said = capsys.readouterr()
    assert f"b-{CELL}\n" == said.out
    assert "nothing of what is chosen failed when it last ran" in said.err
    assert guests


def test_a_session_elsewhere_leaves_its_report_here(of: Tree) -> None:
    """Its runs are kept among ours, once, with the commit that it could not see; our last whole report stays."""
    _keep(of, _values(("a", Ending.PASSED), whole=True))
    others = replace(of, root=of.root / "elsewhere")
    shutil.copytree(of.root / "toolchains", others.root / "toolchains")
    _keep(others, {**_values(("b", Ending.PASSED), whole=True, commit=""), "environment": "elsewhere"})
    for _ in range(2):
        archive.adopt(of, others.build_root, "abc-dirty")
    assert [1, 2] == archive.numbers(of)
    adopted = archive.load(archive.path_of(of, "2"))
    assert ("elsewhere", "abc-dirty") == (adopted["environment"], adopted["commit"])
    assert ["a"] == _last(of)


def test_the_commit_is_gits_word(tmp_path: Path) -> None:
    """A clean tree has its commit, a changed one says so, and outside of git nobody knows."""

    def git(*words: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@x"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    assert "" == flow.commit_of(Tree(tmp_path))
    git("init", "-q")
    (tmp_path / "file").touch()
    git("add", ".")
    git("commit", "-qm", "x")
    clean = flow.commit_of(Tree(tmp_path))
    assert 12 == len(clean)
    (tmp_path / "file").write_text("changed")
    assert f"{clean}-dirty" == flow.commit_of(Tree(tmp_path))


def test_what_is_interrupted_leaves_a_report_that_says_so(of: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ran until Ctrl-C is kept, is called interrupted, is no whole report, and the run still ends by Ctrl-C."""
    done = report.Result(f"a-{CELL}", CELL, "a", "", Ending.PASSED, 0.1, "vm", (), "")
    planned = Plan(SCHEMA, "gcc", True, (), ())
    monkeypatch.setattr(flow, "_prepare", lambda *_: {})
    monkeypatch.setattr(plan, "make", lambda *_: (planned, None))
    monkeypatch.setattr(flow, "_run", lambda *_: flow.Ran(INTERRUPTED, [done], interrupted=KeyboardInterrupt()))
    _keep(of, _values(("w", Ending.PASSED), whole=True))
    selection = request.Selection((), (), ())
    with pytest.raises(KeyboardInterrupt):
        flow.run(selection, request.Request(), flow.Manner(plain=True), at=of)
    assert [True] == [archive.load(archive.path_of(of, "2"))["interrupted"]]
    assert ["w"] == _last(of)
