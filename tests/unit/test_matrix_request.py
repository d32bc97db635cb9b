# SPDX-License-Identifier: ISC
"""solo5.matrix.request: what names of cells and cases mean, for every command alike."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from solo5 import proc
from solo5.bench import run as bench
from solo5.commands import matrix
from solo5.errors import UsageError
from solo5.facts import tree
from solo5.matrix import cases, flow
from solo5.matrix.explain import explain
from solo5.matrix.repeat import Asked
from solo5.matrix.request import Request, select

CELLS = [str(cell) for cell in tree().cells()]


def _names(**fields: Any) -> list[str]:  # noqa: ANN401 - fields of many types
    return [item.name for item in select(Request(**fields), tree()).items]


def _every(*, full: bool = False) -> list[str]:
    return [item.name for item in cases.all_items(tree(), tree().cells(), full=full)]


def test_cells_and_cases_are_chosen_by_patterns() -> None:
    """Each matches whole names; several together mean what any of them means."""
    target = tree().cells()[0].target
    assert [name for name in CELLS if name.startswith(f"{target}-")] == [
        str(cell) for cell in select(Request(cells=(f"{target}-*",)), tree()).cells
    ]
    expected = [name for name in _every() if name.startswith(("blk[", "hello-"))]
    assert expected == _names(cases=("blk[*]", "hello"))
    assert [name for name in expected if name.endswith(CELLS[-1])] == _names(
        cases=("blk[*]", "hello"), cells=(CELLS[-1],)
    )


def test_a_skip_leaves_out_cases_and_cells() -> None:
    """A name of a case, with its cell or without, and a name of a cell: what is chosen is without them."""
    skipped = ("blk[*]", f"hello-{CELLS[0]}", CELLS[1])
    expected = [
        name
        for name in _every()
        if not name.startswith("blk[") and name != f"hello-{CELLS[0]}" and not name.endswith(f"-{CELLS[1]}")
    ]
    assert expected == _names(skips=skipped)
    assert CELLS[1] not in map(str, select(Request(skips=skipped), tree()).cells)


def test_a_skip_of_what_is_not_chosen_is_no_mistake() -> None:
    """One list of skips serves every cell, though not each has all that stands in it."""
    assert [f"hello-{CELLS[0]}"] == _names(cells=(CELLS[0],), cases=("hello",), skips=(CELLS[1], "blk[*]"))


def test_a_pattern_means_the_soak_only_with_full() -> None:
    """Who names a soak case wants it; who writes a pattern does not wait minutes unasked."""
    soak = next(item for item in cases.all_items(tree(), tree().cells(), full=True) if item.case.tier == "full")
    assert [soak.name] == _names(cases=(soak.name,))
    assert [name for name in _every() if name.startswith(soak.case.guest)] == _names(cases=(f"{soak.case.guest}*",))
    assert [name for name in _every(full=True) if name.startswith(soak.case.guest)] == _names(
        cases=(f"{soak.case.guest}*",), full=True
    )


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"cells": ("vax-*",)}, "cell 'vax-*': matches none; known: "),
        ({"cases": ("helo*",)}, "case 'helo*': matches none; near it: hello"),
        ({"skips": ("helo",)}, "case 'helo': not known; near it: hello"),
        ({"cases": ("hello",), "skips": ("hello",)}, "--skip leaves nothing of what is chosen"),
        ({"cases": (f"hello-{CELLS[0]}",), "cells": (CELLS[1],)}, f"case 'hello-{CELLS[0]}': is not in {CELLS[1]}"),
    ],
)
def test_what_matches_nothing_is_refused(fields: dict[str, Any], complaint: str) -> None:
    """A pattern of nothing, misspelt or not in the chosen cells, is one line with names near it."""
    with pytest.raises(UsageError) as raised:
        select(Request(**fields), tree())
    assert str(raised.value).startswith(complaint)


def test_explain_and_bench_understand_the_same_patterns() -> None:
    """Several jobs by one pattern, each with its text; a measurement by a pattern; a name of nothing is refused."""
    texts = explain((f"hello*-{CELLS[0]}",), Asked()).split("\n\n")
    assert [f"job      {name}" for name in _names(cells=(CELLS[0],), cases=("hello*",))] == [
        text.splitlines()[0] for text in texts
    ]
    asked = bench.Request(turns=1, only=("helo*",), peer=None)
    with pytest.raises(UsageError, match=r"measurement 'helo\*': matches none; known: hello, start to exit; "):
        bench.run(asked, tree())


def test_what_is_printed_can_be_fed_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--print says names, one a line, begins nothing, and --case @FILE chooses the same again."""
    words = ["--cell", "*-x86_64", "--case", "blk*", "--skip", "blk[512]", "--print"]
    assert 0 == matrix.main(words)
    said = capsys.readouterr().out
    expected = [name for name in _every() if name.startswith("blk") and name.endswith("-x86_64")]
    assert [name for name in expected if not name.startswith("blk[512]-")] == said.splitlines()
    (tmp_path / "list").write_text(said)
    assert 0 == matrix.main(["--case", f"@{tmp_path}/list", "--print"])
    assert said == capsys.readouterr().out


def test_print_does_not_guess_what_pytest_leaves_out() -> None:
    """With -k, which pytest understands, what is printed would be wrong: it is refused."""
    with pytest.raises(UsageError, match="--print -k: only pytest knows"):
        matrix.main(["--print", "-k", "blk"])


def test_a_mistake_is_seen_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """In whichever environment the session would be, an unknown name begins none."""
    for name in ("run", "show_plan"):
        monkeypatch.setattr(flow, name, lambda *_, **__: pytest.fail("began"))
    monkeypatch.setattr("solo5.session.choose", lambda *_, **__: pytest.fail("chose an environment"))
    for words in (["--case", "helo*"], ["--skip", "helo"], ["--cell", "vax-*"], ["--case", "@/nothing"]):
        with pytest.raises(UsageError):
            matrix.main(words)


def test_a_session_elsewhere_gets_names_and_no_files(tmp_path: Path) -> None:
    """What lies in a file here, an environment is told by name."""
    (tmp_path / "list").write_text("hello\nblk[*]\n")
    code = (
        "import sys; from solo5 import env, session; from solo5.commands import matrix;"
        "env.choose = lambda *_: env.Choice('elsewhere', 'asked', here=False);"
        "session.begin = lambda choice, words, *_, **__: print(words) or 0;"
        "sys.exit(matrix.main(sys.argv[1:]))"
    )
    words = ["--cell=spt-*", "-x", "--case", f"@{tmp_path}/list", "--", "--skip", "blk[512]"]
    done = proc.run([sys.executable, "-c", code, *words], kind=proc.Kind.OURS, cwd=tree().root)
    naming = ["--cell", "spt-*", "--case", "hello", "--case", "blk[*]", "--skip", "blk[512]"]
    assert [str(["matrix", "-x", "--", *naming])] == done.stdout.decode().splitlines()[-1:], done.stderr
