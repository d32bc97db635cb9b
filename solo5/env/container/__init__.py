# SPDX-License-Identifier: ISC
"""A container as an environment: it has all that sessions need, and nobody's rights.

`engine` talks to the container engine, `image` makes what containers are made
of, `run` runs a command in one, `work` puts these together; `leftovers`
removes what a killed session left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from solo5 import env
from solo5.env import Options
from solo5.env.container import leftovers
from solo5.facts import Tree
from solo5.findings import Finding
from solo5.need import Need

if TYPE_CHECKING:
    from solo5.env.container.work import Work

#: What comes back, in the tree.
RESULTS: Final = "build/container"

__all__ = ["KIND", "RESULTS", "engine", "image", "leftovers"]


class _Container:
    """The kind; see Kind."""

    name = "container"
    cost = 1
    here = False
    releases = True

    def obstacle(self, needed: Sequence[Need]) -> str | None:
        """See Kind. Whatever is needed, its image has."""
        del needed
        return _work().obstacle()

    def reason(self, needed: Sequence[Need]) -> str:
        """See Kind."""
        del needed
        return "its image has all that is needed"

    def begin(self, words: Sequence[str], of: Tree, options: Options) -> int:
        """See Kind."""
        return _work().begin(words, of, options)

    def results(self, of: Tree) -> Path:
        """See Kind."""
        return of.checkout.root / RESULTS

    def findings(self, of: Tree) -> Iterable[Finding]:
        """See Kind."""
        if env.current() == self.name:
            return (Finding("ok", self.name, "this is one"),)
        return _work().findings(of, f"sessions in containers (--env {self.name})")

    def sweep(self) -> None:
        """See Kind."""
        leftovers.sweep()


def _work() -> Work:
    from solo5.env.container import work  # noqa: PLC0415 - the engine's client takes long to load

    return work.Work()


KIND = _Container()
