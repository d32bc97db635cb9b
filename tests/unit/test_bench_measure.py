# SPDX-License-Identifier: ISC
"""solo5.bench.measure: turns are taken side by side, and what a peer cannot do stops nobody."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from solo5.agent.job import Job, OnOutput, Outcome, Source
from solo5.bench import contest, exits, measure, plan
from solo5.bench.plan import Contestant
from solo5.errors import GuestError

_PEER = Contestant("peer", "/opt/bin/tender", "/peer/hello", "/peer/bench", may_fail=True)
_ALL = (contest.PLAIN, *contest.FILTERED, contest.OURS, _PEER)
_ENDED = Outcome(0, None, None, None, timed_out=False, seconds=0, stdout=b"", stderr=b"", files={})


@dataclass
class _Place:
    """Notes whose job it is given; each takes 1000 ns more than the one before it."""

    name = "nowhere"
    names: list[str] = field(default_factory=list)
    refused: tuple[str, ...] = ()
    """Who fails."""

    def run(self, job: Job, on_output: OnOutput | None = None, source: Source | None = None) -> Outcome:
        del on_output, source
        (who,) = (each for each in _ALL for what in plan.measurements() if plan.job(what, each) == job)
        self.names.append(who.name)
        if who.name in self.refused:
            return dataclasses.replace(_ENDED, status=1, stderr=b"usage: ...\ntender: --net: unknown option\n")
        said = b"ns %d\n" % (1000 * len(self.names))
        return dataclasses.replace(_ENDED, stdout=said, peer_output=said, peer_status=0 if job.peer else None)

    def close(self) -> None:
        pass


def _take(place: _Place, contestants: Sequence[Contestant], turns: int) -> tuple[measure.Figure, ...]:
    return measure.take(place, plan.measurements()[:2], contestants, turns, lambda _figure: None)


def test_all_take_each_turn_right_after_one_another() -> None:
    """In each turn everybody is measured once, before the next turn begins; another one begins each turn."""
    place = _Place()
    _take(place, _ALL, 5)
    names = [who.name for who in _ALL]
    turns = [place.names[at : at + len(_ALL)] for at in range(0, len(place.names), len(_ALL))]
    assert 2 * 5 == len(turns)
    assert all(sorted(names) == sorted(turn) for turn in turns)
    assert names == [turn[0] for turn in turns[:5]]


def test_a_ratio_is_of_turns_that_stand_side_by_side() -> None:
    """It is the median of the turns' ratios: where time grows all the while, nobody gains by his place."""
    first, _ = _take(_Place(), _ALL, 100)
    ratio = first.ratio("ours", "peer")
    assert ratio is not None
    assert ratio == pytest.approx(1, abs=0.02)
    assert {100} == {len(turns) for turns in first.turns.values()}


def test_what_a_peer_cannot_do_is_said_and_the_others_go_on() -> None:
    """It has no figure, and its last words; it is not asked again for that one."""
    place = _Place(refused=("peer",))
    figures = _take(place, _ALL, 3)
    for figure in figures:
        assert {"peer": f"{figure.what.name}, peer: status 1: tender: --net: unknown option"} == figure.failed
        assert {who.name for who in _ALL[:-1]} == set(figure.turns)
        assert figure.ratio("ours", "peer") is None
        assert figure.median("peer") is None
        assert figure.median("ours") is not None
    assert len(figures) == place.names.count("peer")
    assert 3 * len(figures) == place.names.count("ours")


def test_what_ours_cannot_do_is_an_error() -> None:
    """Of the plain process, too."""
    for name in ("ours", "plain"):
        with pytest.raises(
            GuestError, match=f"^hello, start to exit, {name}: status 1: tender: --net: unknown option$"
        ):
            _take(_Place(refused=(name,)), _ALL, 1)


def test_the_default_size_of_blocks_is_not_asked_for() -> None:
    """Some tenders lack the option; they can be measured where it changes nothing."""
    sized = {
        what.block_size: any(word.startswith("--block-sector-size:") for word in plan.job(what, contest.OURS).argv)
        for what in plan.measurements()
        if what.name.startswith("block ")
    }
    assert {512: False, 4096: True, 32768: True} == sized


def test_exits_that_a_peer_cannot_have_counted_are_said() -> None:
    """Ours are counted all the same; where ours fail, that is an error."""

    class Refusing(_Place):
        def run(self, job: Job, on_output: OnOutput | None = None, source: Source | None = None) -> Outcome:
            del on_output, source
            if _PEER.tender in job.argv:
                return dataclasses.replace(_ENDED, status=1, stderr=b"tender: no such guest\n")
            return dataclasses.replace(_ENDED, stdout=b"6\n")

    operations = exits.OPERATIONS[:1]
    (row,) = exits.take(Refusing(), operations, (contest.OURS, _PEER), lambda _row: None)
    assert {"ours": 6.0} == row.exits
    assert row.failed["peer"].endswith("status 1: tender: no such guest")
    with pytest.raises(GuestError, match="no such guest"):
        exits.take(Refusing(), operations, (dataclasses.replace(_PEER, may_fail=False),), lambda _row: None)
