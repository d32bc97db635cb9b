# SPDX-License-Identifier: ISC
"""solo5.rights: who cannot do what root can is told the true reason; by real users, capabilities, namespaces."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from solo5.facts import tree

_LACKING = "--bounding-set=-sys_admin,-chown,-dac_override"
_OTHER = (
    "setpriv",
    "--reuid=65534",
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--",
)
_PROGRAM = """
from solo5 import env, places, rights
from solo5.debian import host
from solo5.errors import ToolMissingError
from solo5.facts import tree
from solo5.need import Need
from solo5.places import Needs
arch = next(arch for arch in tree().archs() if arch.is_host)
print(places.kind("host").obstacle(Needs(arch)))
print(env.kind("host").obstacle([Need("x", ("x",), "all", ("no-such-program",))]))
print(rights.within("no"))
try:
    host.install(["no-such-package"])
except ToolMissingError as error:
    print(error)
"""


def _said(*start: str) -> list[str]:
    if os.geteuid() != 0:
        pytest.skip("only root can give rights away")
    words = [*start, sys.executable, "-c", _PROGRAM]
    env = {**os.environ, "PYTHONPATH": str(tree().root)}
    return subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout.splitlines()


def test_another_user_is_told_that_only_root_can() -> None:
    """So are jobs on the host, and packages, which sudo installs."""
    place, packages, _, install = _said(*_OTHER)
    assert "only root can make namespaces and taps" == place
    assert "it lacks no-such-program, and only root can install" == packages
    assert "; to install: sudo apt-get update" in install


def test_a_root_without_the_right_is_told_which() -> None:
    """As root is in a container: that only root can would be no help."""
    place, packages, within, install = _said("setpriv", _LACKING, "--")
    lack = "root cannot install here: it has no CAP_CHOWN, CAP_DAC_OVERRIDE"
    assert "root cannot make namespaces and taps here: it has no CAP_SYS_ADMIN" == place
    assert f"it lacks no-such-program, and {lack}" == packages
    assert "no" == within
    assert f"not installed: no-such-package; {lack}; install them where root has it" == install


def test_the_root_of_a_user_namespace_is_told_so() -> None:
    """Beside what the kernel says, since it has all rights, as it can see."""
    start = ("unshare", "--user", "--map-root-user", "--")
    if subprocess.run([*start, "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("this host makes no user namespaces")
    assert "no (this is root of a user namespace only)" == _said(*start)[2]
