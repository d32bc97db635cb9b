# SPDX-License-Identifier: ISC
"""Who takes turns in a cell, and what a place must hold for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from solo5 import builder, launch
from solo5.agent.job import Place
from solo5.bench import peer, plan
from solo5.bench.peer import Peer
from solo5.bench.plan import Contestant
from solo5.errors import GuestError
from solo5.facts import Cell, Tree
from solo5.matrix.programs import Programs

PLAIN: Final = Contestant("plain", "")
#: The plain process behind the filters that cost least.
FILTERED: Final = (Contestant("floor", "", filter="filtered"), Contestant("looking", "", filter="looking"))
OURS: Final = Contestant("ours", f"{plan.FOLDER}/ours/tender", f"{plan.FOLDER}/ours/hello", f"{plan.FOLDER}/ours/bench")
_PEER_HELLO: Final = f"{plan.FOLDER}/peer/hello"
_PEER_BENCH: Final = f"{plan.FOLDER}/peer/bench"
#: What hello writes; tests/guests/hello/hello.c.
_GREETING: Final = b"Hello, World"


@dataclass(frozen=True)
class Contest:
    """Those with a tender, in order, of one cell."""

    contestants: tuple[Contestant, ...]
    files: Mapping[str, Path]
    """Path in a place, file here."""
    about: str
    """Of the peer, which tender and guests those are, in one line; empty: there is none."""
    greets: bool
    """Whether the peer's hello is known to write what ours does."""


def make(cell: Cell, built: builder.Built, of_peer: Peer | None, of: Tree, scratch: Path) -> Contest:
    """Return ours and, if there is one, the peer. What has to be built for it is built in `scratch`."""
    target = of.target(cell.target)
    hello, bench = (Programs(built).guest(name, target) for name in ("hello", "bench"))
    ours = peer.Guests(hello, bench, "ours", greets=True)
    files = {OURS.tender: launch.of(target, of).program_in(built), OURS.hello: hello, OURS.bench: bench}
    if of_peer is None:
        return Contest((OURS,), files, "", greets=True)
    into = scratch / str(cell)
    into.mkdir()
    guests = peer.guests(of_peer, ours, cell, of, into)
    files |= {_PEER_HELLO: guests.hello, _PEER_BENCH: guests.bench, **of_peer.files}
    tender = "ours, since it has none" if of_peer.tender is None else str(of_peer.tender)
    theirs = Contestant("peer", str(of_peer.tender or OURS.tender), _PEER_HELLO, _PEER_BENCH, may_fail=True)
    return Contest((OURS, theirs), files, f"tender: {tender}; guests: {guests.about}", guests.greets)


def demand_that_it_runs(contest: Contest, place: Place) -> None:
    """Raise GuestError if the peer does not run one hello: before anything is measured."""
    for who in contest.contestants:
        if who.may_fail:
            outcome = place.run(plan.trial(who))
            if outcome.status != 0 or (contest.greets and _GREETING not in outcome.stdout):
                message = f"peer: does not run hello: {plan.ended(outcome)} ({contest.about})"
                raise GuestError(message)
