# SPDX-License-Identifier: ISC
"""Events of a run: told when somebody listens, lost without harm when not."""

from __future__ import annotations

from pathlib import Path

import pytest

from solo5.matrix import events
from solo5.matrix.events import Event, Teller


def test_events_arrive_in_order_with_their_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one process tells arrives whole and in order, all of it before the listening ends."""
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw7")
    seen: list[Event] = []
    with events.listening(tmp_path / "socket", seen.append):
        teller = Teller(str(tmp_path / "socket"))
        for number in range(1000):
            teller.tell("begun", name=number)
    assert list(range(1000)) == [event["name"] for event in seen]
    assert {"gw7"} == {event["worker"] for event in seen}
    assert [] == list(tmp_path.iterdir())


def test_a_socket_may_lie_deep(tmp_path: Path) -> None:
    """A temporary folder may have a longer name than a socket's address has room for."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    seen: list[Event] = []
    with events.listening(deep / "socket", seen.append):
        Teller(str(deep / "socket")).tell("begun")
    assert ["begun"] == [event["kind"] for event in seen]


def test_output_is_told_as_its_last_line(tmp_path: Path) -> None:
    """Of a piece of output only the last line counts, of a flood only now and then one."""
    seen: list[Event] = []
    with events.listening(tmp_path / "socket", seen.append):
        teller = Teller(str(tmp_path / "socket"))
        for _ in range(1000):
            teller.said("stdout", b"first\nlast \xff\n" + b"\n")
    assert {"last \ufffd"} == {event["text"] for event in seen}
    assert len(seen) < 20


def test_without_a_listener_the_run_goes_on(tmp_path: Path) -> None:
    """No socket, a socket that is gone, an event too large: nothing is raised."""
    Teller(None).tell("begun")
    Teller(str(tmp_path / "none")).tell("begun")
    seen: list[Event] = []
    with events.listening(tmp_path / "socket", seen.append):
        teller = Teller(str(tmp_path / "socket"))
        teller.tell("said", text="x" * 10000)
        teller.tell("said", text="y")
    teller.tell("begun")
    assert ["y"] == [event["text"] for event in seen]
