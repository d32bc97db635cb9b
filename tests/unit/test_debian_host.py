# SPDX-License-Identifier: ISC
"""solo5.debian.host: packages of this host, asked of the real dpkg and apt."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from solo5.debian import host
from solo5.errors import ToolMissingError

UNHEARD_OF = "solo5-no-such-package"
NOBODY = 65534


def as_nobody(act: Callable[[], object]) -> str:
    """Return the message of the ToolMissingError that `act` ends with for a user without rights."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setresuid(NOBODY, NOBODY, NOBODY)
        try:
            act()
            said = "no error"
        except ToolMissingError as error:
            said = str(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


def test_missing() -> None:
    """Of installed and unheard-of packages, those unheard of are missing, sorted, each once."""
    asked = [UNHEARD_OF, "dpkg", f"{UNHEARD_OF}-2", UNHEARD_OF, "apt"]
    assert (UNHEARD_OF, f"{UNHEARD_OF}-2") == host.missing(asked)


def test_nothing_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask for nothing starts nothing."""
    monkeypatch.setenv("PATH", "")
    assert () == host.missing([])
    host.install([])


def test_install_installed() -> None:
    """Installing what is there does nothing, also for a user without rights."""
    assert "no error" == as_nobody(lambda: host.install(["dpkg"]))


def test_install_without_rights() -> None:
    """A user who may not install is told the command that does, with what is missing only."""
    expected = (
        f"not installed: {UNHEARD_OF}; to install: sudo apt-get update; "
        f"sudo apt-get install -y --no-install-recommends {UNHEARD_OF}"
    )
    assert expected == as_nobody(lambda: host.install(["dpkg", UNHEARD_OF]))


def test_install_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If apt cannot install, the error is one line with apt's reason and the command."""
    if os.geteuid() != 0:
        pytest.skip("only root gets as far as apt")
    # An apt that has no source, and whose lists are not the host's.
    (tmp_path / "lists" / "partial").mkdir(parents=True)
    configuration = tmp_path / "apt.conf"
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": f"{tmp_path}/lists",
        "Dir::Cache": f"{tmp_path}",
    }
    configuration.write_text("".join(f'{key} "{value}";\n' for key, value in settings.items()))
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    with pytest.raises(ToolMissingError) as caught:
        host.install([UNHEARD_OF])
    expected = (
        f"{UNHEARD_OF}: apt-get could not install: Unable to locate package {UNHEARD_OF}; to repeat: "
        f"apt-get update; apt-get install -y --no-install-recommends {UNHEARD_OF}"
    )
    assert expected == str(caught.value)
    assert f"solo5: installing {UNHEARD_OF}\n" == capsys.readouterr().err


def test_no_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without Debian's tools is told so, not that a program crashed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissingError, match=r"^apt-get, apt-cache, dpkg-deb, dpkg-query: not found; .* Debian"):
        host.missing(["gcc"])
