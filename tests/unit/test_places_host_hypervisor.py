# SPDX-License-Identifier: ISC
"""solo5.places.host.hypervisor: a hypervisor is believed when it has run a guest, once a boot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from solo5 import kept, launch
from solo5.builder import Built
from solo5.facts import tree
from solo5.launch import of as launcher_of
from solo5.places import Probe
from solo5.places.host import hypervisor

_TARGET = next(target for target in tree().targets() if launcher_of(target, tree()).uses_hypervisor)


def _probe(built: Built) -> Probe:
    """Return what tries the hypervisor."""
    probe = launcher_of(_TARGET, tree()).needs(built).hypervisor
    assert probe is not None
    return probe


def _obstacle(built: Built) -> str | None:
    return hypervisor.obstacle(_probe(built), built.arch)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Built:
    """Return a build without a tender yet, on a host whose device opens."""
    monkeypatch.setenv("SOLO5_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(hypervisor, "DEVICE", os.devnull)
    return Built(tree().archs()[0], tmp_path / "build")


def _make(built: Built, script: str) -> None:
    """Put a program in the tender's place."""
    guest, tender = _probe(built).guest, _probe(built).tender
    for path in (guest, tender):
        path.parent.mkdir(parents=True, exist_ok=True)
    guest.touch()
    tender.write_text(f"#!/bin/sh\necho tried >>{built.dir}/tries\n{script}\n")
    tender.chmod(0o755)


def _tries(built: Built) -> int:
    return len((built.dir / "tries").read_text().splitlines())


def test_a_missing_device_is_named(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is run where there is no hypervisor."""
    monkeypatch.setattr(hypervisor, "DEVICE", "/nowhere")
    assert "/nowhere: No such file or directory" == _obstacle(built)


def test_what_cannot_be_tried_is_not_believed(built: Built) -> None:
    """Without tender and guest, the command that builds them."""
    said = _obstacle(built)
    assert said is not None
    assert said.endswith(f"not tried yet; to build what tries it: solo5 build {built.arch.name}")


def test_it_is_tried_once(built: Built) -> None:
    """The answer holds until the tender changes."""
    _make(built, "exit 0")
    assert _obstacle(built) is None
    assert _obstacle(built) is None
    assert 1 == _tries(built)
    _make(built, "echo no luck >&2; echo more >&2; exit 1")
    os.utime(launch.of(_TARGET, tree()).program_in(built), (1, 1))
    for _ in range(2):
        said = _obstacle(built)
        assert said == f"{os.devnull}: a small guest on it ends with status 1: no luck"
    assert 2 == _tries(built)


def test_without_a_cache_it_is_tried_each_time(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no home can run guests all the same."""

    def no_home() -> NoReturn:
        raise RuntimeError

    monkeypatch.delenv("SOLO5_CACHE")
    monkeypatch.setattr(Path, "home", no_home)
    _make(built, "exit 0")
    assert [None, None] == [_obstacle(built), _obstacle(built)]
    assert 2 == _tries(built)


def test_one_that_hangs_meets_a_deadline(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hypervisor that never comes back is none."""
    monkeypatch.setattr(hypervisor, "_DEADLINE_S", 0.3)
    _make(built, "exec sleep 1000")
    said = _obstacle(built)
    assert said is not None
    assert "not done after 0.3 s" in said


def test_a_crash_and_a_damaged_answer_do_no_harm(built: Built, tmp_path: Path) -> None:
    """A tender that is killed is an obstacle; an answer that cannot be read is asked for again."""
    _make(built, "kill -SEGV $$")
    answer = tmp_path / "cache" / "hypervisor.json"
    for tries in (1, 2):
        said = _obstacle(built)
        assert said is not None
        assert "status -11" in said
        assert tries == _tries(built)
        answer.write_text("no JSON")


@pytest.mark.parametrize("change", ["list", "key alone", "other type"])
def test_an_answer_of_another_form_is_asked_for_again(built: Built, tmp_path: Path, change: str) -> None:
    """JSON that is no answer of ours, in part or in all, counts as none, even under the right key."""
    _make(built, "exit 0")
    assert _obstacle(built) is None
    answer = tmp_path / "cache" / "hypervisor.json"
    key = kept.read_values(answer)["key"]
    forms = {"list": [], "key alone": {"key": key}, "other type": {"key": key, "obstacle": 1}}
    kept.write_values(answer, forms[change])
    assert _obstacle(built) is None
    assert 2 == _tries(built)
