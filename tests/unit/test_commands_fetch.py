# SPDX-License-Identifier: ISC
"""`solo5 fetch`: all that is fetched for an architecture comes before the host's own packages are asked for."""

from __future__ import annotations

import pytest

from solo5 import debian, needs
from solo5.cli import main
from solo5.debian import foreign
from solo5.facts import Arch, tree


def test_fetch(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the named architecture, everything that can be fetched is; then what the host lacks."""
    name = tree().arch_names[0]
    calls: list[tuple[str, list[str]]] = []

    def note(what: str, archs: list[Arch]) -> None:
        calls.append((what, [arch.name for arch in archs]))

    monkeypatch.setattr(debian, "fetch_all", lambda archs, **_: note("fetch", archs))
    monkeypatch.setattr(needs, "require", lambda archs, **_: note("require", archs))
    monkeypatch.setattr(foreign, "cached", lambda bundle, _: (None, bundle.requests))
    assert 0 == main(["fetch", name])
    every = tree().arch(name).on_kernels
    assert [("fetch", [name] * len(every)), ("require", [name])] == calls
    bundles = (bundle for arch in every for bundle in foreign.bundles(arch))
    lines = dict.fromkeys(f"{bundle}: {', '.join(bundle.requests)}" for bundle in bundles)
    assert list(lines) == capsys.readouterr().out.splitlines()
    assert 1 < len(every)
