# SPDX-License-Identifier: ISC
"""Packages of this host: what is not installed, and installing it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from solo5 import proc, progress, rights
from solo5.debian.apt import UPDATE_DEADLINE_S, complaint, demand_tools
from solo5.errors import ToolMissingError
from solo5.rights import Right

_QUERY_DEADLINE_S: Final = 60.0
_INSTALL_DEADLINE_S: Final = 1800.0
_INSTALL: Final = ("apt-get", "install", "-y", "--no-install-recommends")
_UNATTENDED: Final = {"DEBIAN_FRONTEND": "noninteractive"}


def missing(packages: Sequence[str]) -> tuple[str, ...]:
    """Return those of `packages` that are not installed, each once, sorted.

    Raises ToolMissingError on a host without dpkg.
    """
    wanted = sorted(set(packages))
    if not wanted:
        return ()
    demand_tools()
    # Status 1 only says that dpkg has never heard of one of them.
    shown = proc.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", "--", *wanted],
        deadline_s=_QUERY_DEADLINE_S,
    )
    lines = shown.stdout.decode(errors="replace").splitlines()
    installed = {name for name, _, state in (line.partition(" ") for line in lines) if state == "installed"}
    return tuple(name for name in wanted if name not in installed)


def install_command(packages: Sequence[str]) -> str:
    """Return the line that installs packages, for this user to paste."""
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    update = proc.line([*prefix, "apt-get", "update"])
    # A source that fails to update need not be the one that matters: `;`.
    return f"{update}; {proc.line([*prefix, *_INSTALL, *packages])}"


def install(packages: Sequence[str]) -> None:
    """Install what is missing of `packages`; does nothing if nothing is.

    Lists are updated only if apt cannot do it with those it has. Raises
    ToolMissingError with the command to run if this user may not, or apt fails.
    """
    wanted = missing(packages)
    if not wanted:
        return
    names = " ".join(wanted)
    if os.geteuid() != 0:
        message = f"not installed: {names}; to install: {install_command(wanted)}"
        raise ToolMissingError(message)
    lack = rights.obstacle("install", Right.CHOWN, Right.DAC_OVERRIDE)
    if lack is not None:
        message = f"not installed: {names}; {lack}; install them where root has it"
        raise ToolMissingError(message)
    progress.say(f"installing {names}")
    done = _install(wanted)
    if done.returncode != 0:
        update = ["apt-get", "-q", "update"]
        proc.run(update, kind=proc.Kind.FETCHER, env=_UNATTENDED, deadline_s=UPDATE_DEADLINE_S)
        done = _install(wanted)
    if done.returncode != 0:
        cause = complaint(done.stderr)
        message = f"{names}: apt-get could not install: {cause}; to repeat: {install_command(wanted)}"
        raise ToolMissingError(message)


def _install(packages: Sequence[str]) -> proc.Completed:
    # Another package manager may be at work: wait for it (apt.conf(5)).
    return proc.run(
        [*_INSTALL, "-q", "-o", "DPkg::Lock::Timeout=300", "--", *packages],
        kind=proc.Kind.FETCHER,
        env=_UNATTENDED,
        deadline_s=_INSTALL_DEADLINE_S,
    )
