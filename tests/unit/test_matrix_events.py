# SPDX-License-Identifier: ISC
"""Events of a run: told when somebody listens, lost without harm when not."""

from __future__ import annotations

from pathlib import Path

from solo5.matrix import events
from solo5.matrix.events import Event, Teller


def test_events_arrive_in_order_with_their_worker(tmp_path: Path) -> None:
    """What one process tells arrives whole and in order, all of it before the listening ends."""
    seen: list[Event] = []
    with events.listening(tmp_path / "socket", seen.append):
        teller = Teller(str(tmp_path / "socket"))
        for number in range(1000):
            teller.tell("begun", name=number)
    assert list(range(1000)) == [event["name"] for event in seen]
    assert {"main"} == {event["worker"] for event in seen}
    assert [] == list(tmp_path.iterdir())


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
