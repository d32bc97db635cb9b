# SPDX-License-Identifier: ISC
"""From a command line of ours to a container that runs it; and whether that can be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence

from solo5.env import Options
from solo5.env.container import engine, image, run
from solo5.errors import Solo5Error, ToolMissingError
from solo5.facts import Tree
from solo5.findings import Finding


class Work:
    """The part of the kind that speaks with an engine."""

    def obstacle(self) -> str | None:
        """Return why there is no engine for us, in one line; None: there is."""
        try:
            engine.connect().close()
        except Solo5Error as error:
            return str(error)
        return None

    def begin(self, words: Sequence[str], of: Tree, options: Options) -> int:
        """Run `solo5 WORDS` in a container of the tree's image; see solo5.env.Kind."""
        with contextlib.closing(engine.connect()) as client:
            if options.make:
                name = image.ensure(client, of, suite=options.release)
            else:
                name = image.recipe(of, options.release).image
                if not image.has(client, name):
                    message = f"image {name}: not made yet; to make it: solo5 image"
                    raise ToolMissingError(message)
            return run.run(client, name, ["python3", "-m", "solo5.cli", *words], of)

    def findings(self, of: Tree, disables: str) -> Iterable[Finding]:
        """Look for a container engine, and for the image in it; `disables` is what is not without."""
        try:
            client = engine.connect()
            name = image.recipe(of).image
            state = "made" if image.has(client, name) else "not made yet, comes when first needed"
        except Solo5Error as error:
            yield Finding("absent", "container engine", str(error), disables)
        else:
            yield Finding("ok", "container engine", f"{engine.address()}; image {name}: {state}")
