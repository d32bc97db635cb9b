# SPDX-License-Identifier: ISC
"""`python -m solo5.debian pin`: write ci/debian.toml from what the mirror has now."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from solo5 import scratch
from solo5.debian import foreign, pins
from solo5.errors import INTERRUPTED, Solo5Error
from solo5.facts import tree


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m solo5.debian", description=__doc__)
    parser.add_argument("verb", choices=["pin"], help="write the newest packages of each architecture")
    parser.parse_args(argv)
    try:
        at = tree()
        every = {arch.name: dict(foreign.newest(arch)) for arch in at.archs()}
        with scratch.replacing(pins.path(at)) as unfinished:
            unfinished.write_text(pins.text(every))
    except Solo5Error as error:
        print(f"solo5: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return INTERRUPTED
    for arch, table in every.items():
        for request, package in table.items():
            print(f"{arch}: {request}: {package}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
