# SPDX-License-Identifier: ISC
"""`solo5 doctor`: prints what solo5.doctor finds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from solo5 import doctor, session
from solo5.errors import ToolMissingError
from solo5.facts import tree
from solo5.options import Parser

SUMMARY: Final = "Say what this host has and lacks, and the command that mends it."
SWEEPS_FIRST: Final = False


def parser() -> Parser:
    """See Command."""
    made = Parser("solo5 doctor", SUMMARY)
    made.add_argument("--mend", action="store_true", help="install and fetch what is missing, then report")
    made.add_argument("--json", action="store_true", help="print the findings as JSON")
    session.add_option(made, "look at that one; a container is of this tree's image")
    return made


def main(words: Sequence[str]) -> int:
    """Report on standard output. Returns 0 if nothing is missing, else ToolMissingError's status."""
    asked = parser().parse_args(words)
    of = tree()
    choice = session.choose((), asked.env, asked.suite)
    if not choice.here:
        return session.begin(choice, ["doctor", *words], of, suite=asked.suite, make=asked.mend)
    failure = doctor.mend(of) if asked.mend else None
    findings = doctor.examine(of)
    command = doctor.remedy(of)
    missing = any(finding.state == "missing" for finding in findings)
    if asked.json:
        print(json.dumps({"findings": [asdict(each) for each in findings], "mend": command}, indent=1))
    else:
        for finding in findings:
            print(finding)
        if missing:
            print(f"to mend: {command}" if command else "to mend: see the lines above")
        else:
            later = any(finding.state == "later" for finding in findings)
            print(f"nothing is missing{'; to fetch now what comes later: solo5 fetch' if later else ''}")
    if failure is not None:
        raise failure
    return ToolMissingError.exit_status if missing else 0
