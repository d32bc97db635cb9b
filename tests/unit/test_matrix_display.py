# SPDX-License-Identifier: ISC
"""Plain lines, and folds where the CI has them."""

from __future__ import annotations

import io

import pytest

from solo5.matrix import display


@pytest.fixture(autouse=True)
def _no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for fold in display.FOLDS:
        monkeypatch.delenv(fold.variable, raising=False)
    monkeypatch.setattr("time.time", lambda: 1700000000.5)


def _shown() -> str:
    out = io.StringIO()
    plain = display.Plain(out)
    plain.begin("build x86_64")
    plain.end("build x86_64", 1.5)
    plain.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (None, "== build x86_64\n"),
        ("GITHUB_ACTIONS", "::group::build x86_64\n::endgroup::\n"),
        (
            "GITLAB_CI",
            (
                "\033[0Ksection_start:1700000000:build_x86_64[collapsed=true]\r\033[0Kbuild x86_64\n"
                "\033[0Ksection_end:1700000000:build_x86_64\r\033[0K\n"
            ),
        ),
        ("TF_BUILD", "##[group]build x86_64\n##[endgroup]\n"),
    ],
)
def test_a_phase_is_a_fold_where_the_ci_has_such(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, expected: str
) -> None:
    """Each CI has its own words; elsewhere a phase is a line."""
    if variable is not None:
        monkeypatch.setenv(variable, "true")
    assert expected == _shown()


def test_what_is_no_terminal_gets_lines() -> None:
    """A file or a pipe is never drawn on."""
    assert isinstance(display.choose(io.StringIO(), plain=False), display.Plain)
