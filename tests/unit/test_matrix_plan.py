# SPDX-License-Identifier: ISC
"""solo5.matrix.plan: a request is decided on once, and the decision travels."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from solo5 import env, places, typed
from solo5.commands import matrix
from solo5.errors import BuildError, UsageError
from solo5.facts import BUILD_VARIABLE, tree
from solo5.matrix import cases, explain, flow, plan, store
from solo5.matrix.repeat import Asked
from solo5.matrix.request import Request, select


def _made(request: Request) -> tuple[plan.Plan, store.Store]:
    return plan.make(select(request, tree()), request, tree())


def test_a_plan_travels_whole(tmp_path: Path) -> None:
    """What is read is what was written: every item of the tree, in each cell."""
    made, content = _made(Request(full=True))
    plan.write(tmp_path, made, content)
    assert made == plan.read(tmp_path)
    assert [item.name for item in made.items] == [
        item.name for item in cases.all_items(tree(), tree().cells(), full=True)
    ]


def test_a_plan_names_no_path_of_this_machine() -> None:
    """Paths are of the place; programs and content are known by their hash."""
    made, _ = _made(Request(full=True))
    text = json.dumps(typed.plain(made))
    assert str(tree().root) not in text
    hashes = {sha256 for item in made.items for sha256 in (*item.contents.values(), *item.programs.values())}
    assert all(sha256 == store.ABSENT or re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in hashes)


def test_no_name_in_braces_is_left_over() -> None:
    """In every job, only taps are still to be named: the place knows those."""
    for item in _made(Request(full=True))[0].items:
        taps = {f"{{tap:{tap.name}}}" for tap in item.job.taps}
        words = (*item.job.argv, *item.job.peer)
        assert {name for word in words for name in re.findall(r"\{[a-z]+:[^}]*\}", word)} <= taps


def test_a_plan_of_another_schema_is_refused(tmp_path: Path) -> None:
    """A reader that knows another schema says so, and guesses nothing."""
    made, content = _made(Request(cases=("hello",)))
    plan.write(tmp_path, made, content)
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace(f'"schema": {plan.SCHEMA}', '"schema": 99'))
    with pytest.raises(UsageError, match="a plan of schema 99; this program reads schema"):
        plan.read(tmp_path)


def test_every_reader_shows_the_same_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain`, `--dry-run` and the plan that a session runs name one place and one reason."""
    request = Request(cases=("hello",))
    made, _ = _made(request)
    flow.show_plan(select(request, tree()), request, flow.Manner(), env.Choice("host", "it was asked for", here=True))
    shown = capsys.readouterr().out
    for item in made.items:
        cell = made.cell_of(item)
        assert f"place of {cell.cell}: {cell.place}: {cell.reason}\n" in shown
        assert f"place    {cell.place}: {cell.reason}\n" in explain.explain((item.name,), Asked())


def test_a_build_elsewhere_is_shown_by_its_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the build root is not below the checkout, `explain` says the whole path of a guest's program."""
    monkeypatch.setenv(BUILD_VARIABLE, str(tmp_path))
    cell = tree().cells()[0]
    assert f"built as {tmp_path}/{cell.arch}/" in explain.explain((f"hello-{cell}",), Asked())


def test_a_place_is_chosen_once_for_a_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many items there are, places are asked once for each cell."""
    asked: list[places.Needs] = []
    choose = places.choose

    def counted(needs: places.Needs, wanted: str | None = None) -> places.Choice:
        asked.append(needs)
        return choose(needs, wanted)

    monkeypatch.setattr(places, "choose", counted)
    made, _ = _made(Request())
    assert len(asked) == len(made.cells)


def test_a_place_that_cannot_be_is_refused_before_a_build() -> None:
    """A kind that takes no programs of an architecture is the user's mistake, and says which one does."""
    foreign = next(cell for cell in tree().cells() if not tree().arch(cell.arch).is_host)
    refusing = [name for name in places.names() if places.kind(name).obstacle(places.Needs(tree().arch(foreign.arch)))]
    for name in refusing:
        request = Request(cells=(str(foreign),), asked=Asked(place=name))
        with pytest.raises(UsageError, match=rf"^place {name}: .*; use --place "):
            plan.check_places(select(request, tree()), request, tree())
    assert refusing


def test_another_kernel_is_a_machines() -> None:
    """Who names a kernel gets the cells that have it, in machines that boot it, and a command that repeats that."""
    arch = next(each for each in tree().archs() if each.kernels)
    for name in arch.kernels:
        request = Request(asked=Asked(kernel=name))
        made, _ = _made(request)
        assert {name} == {cell.kernel for cell in made.cells}
        assert all(name in tree().arch(cell.runs).kernels for cell in made.cells)
        assert all(cell.place != "host" for cell in made.cells)
        assert all(f" --kernel {name} " in item.repeat for item in made.items)
        refused = Request(asked=Asked(place="host", kernel=name))
        with pytest.raises(UsageError, match=r"^place host: "):
            plan.check_places(select(refused, tree()), refused, tree())


def test_a_kernel_that_nobody_has_is_refused() -> None:
    """An unknown name is one line with the known ones; so is one that the named cell's architecture lacks."""
    with pytest.raises(UsageError, match=r"^kernel 'x': not known; known: "):
        select(Request(asked=Asked(kernel="x")), tree())
    lacking = next(cell for cell in tree().cells() if not tree().arch(cell.arch).kernels)
    request = Request(cells=(str(lacking),), asked=Asked(kernel="x"))
    with pytest.raises(UsageError, match=rf"^kernel 'x': {lacking.arch} has none of that name"):
        plan.check_places(select(request, tree()), request, tree())


def test_what_is_not_built_yet_is_no_obstacle_before_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place whose hypervisor was not tried yet is not refused: the build that follows makes what tries it."""
    monkeypatch.setattr(places.kind("host"), "obstacle", lambda needs: needs.hypervisor and "not tried yet")
    request = Request(asked=Asked(place="host"))
    plan.check_places(select(request, tree()), request, tree())
    with pytest.raises(UsageError, match=r"^place host: not tried yet"):
        _made(request)


def test_a_store_hands_out_nothing_but_what_it_was_given(tmp_path: Path) -> None:
    """A file that changed after the plan was made, or never was built, is an error that names it."""
    program = tmp_path / "program"
    program.write_bytes(b"one")
    kept = store.Store()
    one, two = kept.put(program), kept.put(b"two")
    kept.write(tmp_path / "store")
    assert (b"one", b"two") == tuple(store.read(tmp_path / "store", sha256, "x") for sha256 in (one, two))
    assert kept.put(tmp_path / "missing") == store.ABSENT
    with pytest.raises(BuildError, match="/tender/x: not built"):
        store.path(tmp_path / "store", store.ABSENT, "/tender/x")
    program.write_bytes(b"other")
    with pytest.raises(BuildError, match="/tender/x: has changed since the run began"):
        store.path(tmp_path / "store", one, "/tender/x")


@pytest.mark.parametrize("words", [["--kernel", "one", "--kernel=two"], ["--kernel", "one", "--", "--kernel", "two"]])
def test_two_kernels_on_one_line_are_refused(words: list[str]) -> None:
    """A run is on one kernel; a second name is not taken for the first."""
    with pytest.raises(UsageError, match=r"^--kernel: one at a time, not one and two; "):
        matrix.main(words)
