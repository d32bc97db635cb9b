# SPDX-License-Identifier: ISC
"""What this host offers, what is missing, what that disables, how to mend it.

For people: it looks at everything that `solo5.needs` knows, and at what makes
work faster or easier; it changes nothing, unless asked to mend. Nothing here
may hang or crash, whatever the machine is like.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace

from solo5 import debian, env, launch, places, proc
from solo5.builder import Built
from solo5.debian import foreign
from solo5.errors import Solo5Error
from solo5.facts import Tree
from solo5.findings import Finding, State
from solo5.need import Need
from solo5.needs import compiler_need, needed, require


def examine(of: Tree) -> tuple[Finding, ...]:
    """Look at everything; start nothing that could hang."""
    wanted = of.archs()
    return (
        *_python_packages(),
        *(_judged(need) for need in needed(wanted, of)),
        *_other_compilers(of),
        *(_fetched(bundle, of) for arch in wanted for bundle in foreign.bundles(arch)),
        *_places(of),
        *_environments(of),
    )


def remedy(of: Tree) -> str:
    """Return the one command that brings what is missing; empty if nothing is."""
    short = [need for need in needed(of.archs(), of) if need.absent()]
    packages = sorted({package for need in short for package in need.packages})
    unfetched = any(foreign.cached(bundle, of) is None for arch in of.archs() for bundle in foreign.bundles(arch))
    python = any(finding.state == "missing" for finding in _python_packages())
    commands = [debian.install_command(packages)] if packages and os.geteuid() != 0 else []
    if unfetched or (packages and os.geteuid() == 0):
        commands.append(_own_command())
    if python:
        commands.append(proc.line([of.root / "noxw", "--list"]))
    return "; ".join(commands)


def mend(of: Tree) -> Solo5Error | None:
    """Bring what is missing; return, rather than raise, what stood in the way."""
    try:
        require(at=of)
        debian.fetch_all(of.archs(), ("shell",), at=of)
    except Solo5Error as error:
        return error
    return None


def _own_command() -> str:
    """Return how to call `solo5 doctor --mend` from where this user stands."""
    words = ["solo5"] if shutil.which("solo5") else [sys.executable, "-m", "solo5.cli"]
    return proc.line([*words, "doctor", "--mend"])


def _judged(need: Need) -> Finding:
    absent = need.absent()
    if not absent:
        found = ", ".join((*need.programs, *map(str, need.files), *need.libraries))
        return Finding("ok", need.subject, found)
    packages = " ".join(need.packages)
    return Finding("missing", need.subject, f"not found: {', '.join(absent)} (packages {packages})", need.disables)


def _fetched(bundle: foreign.Bundle, of: Tree) -> Finding:
    found = foreign.cached(bundle, of)
    if found is None:
        hindrance = foreign.hindrance()
        if hindrance is None:
            return Finding("later", str(bundle), "comes when first needed", "work without network")
        # Only a prompt in a machine needs the shell.
        state: State = "absent" if bundle.name == "shell" else "missing"
        return Finding(state, str(bundle), f"not there, and cannot be fetched: {hindrance}", "all that needs it")
    detail = ", ".join(str(package) for package in found[1])
    pinned = foreign.pinned_for(bundle, of)
    if pinned not in {None, found[1]}:
        detail += f" (pinned: {', '.join(str(package) for package in pinned or ())})"
    return Finding("ok", str(bundle), detail)


def _other_compilers(of: Tree) -> Iterator[Finding]:
    """Look at the compilers that come when asked for."""
    for name in of.compiler_names:
        if name != of.default_compiler:
            for arch in of.archs():
                found = _judged(compiler_need(arch, of, name))
                yield replace(found, state="absent", disables=f"--compiler {name}") if found.disables else found


def _python_packages() -> Iterator[Finding]:
    """Compare this Python's packages with what the installed project declares."""
    try:
        declared = importlib.metadata.requires("solo5") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding("absent", "Python packages", "solo5 is not installed here; ./noxw makes .venv with all it needs")
        return
    names = [match.group() for each in declared if (match := re.match(r"[\w.-]+", each))]
    absent = [name for name in names if not _installed(name)]
    if absent:
        yield Finding("missing", "Python packages", f"not installed: {', '.join(absent)}", "all that uses them")
    else:
        yield Finding("ok", "Python packages", ", ".join(names))


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _places(of: Tree) -> Iterator[Finding]:
    """Ask each kind of place about the jobs of every cell."""
    jobs = {cell: launch.of(of.target(cell.target), of).needs(Built.at(of, of.arch(cell.arch))) for cell in of.cells()}
    for each in places.kinds():
        yield from each.findings(jobs, of)


def _environments(of: Tree) -> Iterator[Finding]:
    for each in env.kinds():
        yield from each.findings(of)
