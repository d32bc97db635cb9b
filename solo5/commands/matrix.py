# SPDX-License-Identifier: ISC
"""`solo5 matrix`: reads what to test and how; solo5.matrix.flow does it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from solo5 import env, needs, options, progress, selecting, session
from solo5.errors import UsageError
from solo5.facts import Tree, tree
from solo5.matrix import archive, cases
from solo5.matrix import request as requests
from solo5.matrix.flow import Manner, commit_of, run, show_plan
from solo5.matrix.repeat import Asked
from solo5.options import Parser
from solo5.places import SNAPSHOTS_VARIABLE, snapshots_wanted

_LAST_FAILED: Final = ("--lf", "--last-failed")
SUMMARY: Final = "Build and run every case in every cell, and show the parity table."
SWEEPS_FIRST: Final = True


def parser() -> Parser:
    """See Command."""
    made = Parser(
        "solo5 matrix",
        f"{SUMMARY} Other options go to pytest, as -k, -x, -n; so does all that follows --.",
    )
    actions = {flag: made.add_argument(flag, **arguments) for flag, arguments in requests.options()}
    options.complete(actions["--cell"], lambda: map(str, tree().cells()))
    for flag in ("--case", "--skip"):
        options.complete(actions[flag], _names)
    made.add_argument(
        "--no-snapshots", action="store_true", help=f"boot machines, as {SNAPSHOTS_VARIABLE}=0 does always"
    )
    last = made.add_mutually_exclusive_group()
    text = "only what failed when it last ran, so built and on that kernel; if nothing did, all"
    last.add_argument(*_LAST_FAILED, dest="failed", action="store_const", const="only", help=text)
    text = "that first, then the rest"
    last.add_argument("--ff", "--failed-first", dest="failed", action="store_const", const="first", help=text)
    made.add_argument("--json", action="store_true", help="print the report as JSON instead of the table")
    made.add_argument("--dry-run", action="store_true", help="print what would be done")
    made.add_argument("--print", action="store_true", help="print what is chosen, one a line, as --case @FILE takes it")
    made.add_argument("--plain", action="store_true", help="lines instead of the board, also on a terminal")
    made.add_argument("--no-cache", action="store_true", help="run also what passed before; always so in CI")
    options.add_compiler(made, tree().compiler_names, tree().default_compiler)
    session.add_option(made)
    return made


def _names() -> list[str]:
    """Return what the cases of the matrix are called."""
    items = cases.all_items(tree(), tree().cells(), full=True)
    return list(dict.fromkeys(name for item in items for name in item.names))


def main(words: Sequence[str]) -> int:
    """See Command."""
    own, after = options.split(words)
    own_parser = parser()
    asked, others = own_parser.parse_known(own)
    # Ours are ours on either side of the dashes.
    asked, after = own_parser.parse_known_args(after, asked)
    request = requests.Request(
        cells=selecting.patterns(asked.cell),
        cases=selecting.patterns(asked.case),
        skips=selecting.patterns(asked.skip),
        full=asked.full,
        failed=asked.failed,
        asked=Asked(asked.compiler, asked.place, requests.one_kernel(asked.kernel)),
        snapshots=snapshots_wanted() and not asked.no_snapshots,
    )
    manner = Manner(
        as_json=asked.json,
        plain=asked.plain,
        # Who names a case wants to see it run.
        cache=not (asked.no_cache or asked.case or os.environ.get("CI")),
        pytest_words=(*others, *after),
    )
    of = tree()
    selection = _select(request, of)
    if asked.print:
        _print(selection, manner.pytest_words)
        return 0
    needed = needs.needed(selection.archs, of, compiler=asked.compiler, place=asked.place)
    choice = session.choose(needed, asked.env, asked.suite, announce=not asked.dry_run)
    if asked.dry_run:
        show_plan(selection, request, manner, choice, at=of)
        return 0
    if not choice.here:
        return _elsewhere(words, selection, request, choice, asked.suite, of)
    return run(selection, request, manner, at=of)


def _select(request: requests.Request, of: Tree) -> requests.Selection:
    selection = requests.select(request, of)
    if request.failed is None:
        return selection
    failed = archive.failed(of, request.asked.compiler or of.default_compiler, request.asked.kernel)
    found = requests.failed_last(selection, request, failed, of)
    if found.items == selection.items and not found.first:
        progress.say("nothing of what is chosen failed when it last ran: all of it is taken")
    return found


def _elsewhere(  # noqa: PLR0913, PLR0917 - what was decided here
    words: Sequence[str],
    selection: requests.Selection,
    request: requests.Request,
    choice: env.Choice,
    suite: str | None,
    of: Tree,
) -> int:
    """Let a session run in another environment, which has neither our files nor our reports; take those it makes."""
    rest = session.without_options(words, requests.NAMING)
    if request.failed == "only":
        rest = [word for word in rest if word not in _LAST_FAILED]
        request = replace(request, cells=(), cases=tuple(item.name for item in selection.items), skips=())
    commit = commit_of(of)
    try:
        return session.begin(choice, ["matrix", *rest, *request.naming_words()], of, suite=suite)
    finally:
        archive.adopt(of, env.kind(choice.environment).results(of), commit)


def _print(selection: requests.Selection, pytest_words: Sequence[str]) -> None:
    """Print the names of what is chosen. Raises UsageError if pytest was to leave out some of that."""
    for word in pytest_words:
        if word.startswith(("-k", "-m", "--deselect")):
            message = f"--print {word}: only pytest knows what that leaves out; use --case and --skip"
            raise UsageError(message)
    for item in selection.items:
        print(item.name)
