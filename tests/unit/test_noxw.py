# SPDX-License-Identifier: ISC
"""noxw and its lock: a start from nothing but Python, and from nothing changed."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from callers_environment import SETTINGS

from solo5 import proc
from solo5.facts import tree

CI = tree().root / "ci"
TOOL_MISSING = 3


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a copy of what noxw reads, without .venv."""
    (tmp_path / "ci").mkdir()
    for name in ("noxw", "pyproject.toml", "ci/requirements.txt"):
        shutil.copy(tree().root / name, tmp_path / name)
    return tmp_path


def load(root: Path) -> Any:  # noqa: ANN401 (a program, loaded as a module)
    """Load noxw without running it."""
    loader = SourceFileLoader("noxw", str(root / "noxw"))
    spec = spec_from_loader("noxw", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def start(root: Path, *words: str, **env: str) -> proc.Completed:
    """Run it."""
    return proc.run([sys.executable, root / "noxw", *words], kind=proc.Kind.OURS, env=env)


def pretend_venv(root: Path) -> None:
    """Make a .venv that is whole, as far as noxw can see; its Python only notes its arguments."""
    noxw = load(root)
    noxw.PYTHON.parent.mkdir(parents=True)
    noxw.PYTHON.write_text(f'#!/bin/sh\necho "$@" >>{root}/log\n')
    noxw.PYTHON.chmod(0o755)
    noxw.STAMP.write_text("\n".join(noxw.wanted_stamp()))


def log(root: Path) -> list[str]:
    """Return what that Python was told."""
    return (root / "log").read_text().splitlines()


def normal(name: str) -> str:
    """Return a package's name as indexes write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, list[str]]:
    """Return the lock: by package, its hashes."""
    text = (CI / "requirements.txt").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {normal(line.split("==")[0]): re.findall(r"--hash=sha256:([0-9a-f]{64})\b", line) for line in lines}


def test_lock_hashes() -> None:
    """Each package of the lock has its version and the hashes of its files."""
    assert [] == [name for name, hashes in locked().items() if not hashes]
    assert len(locked()) == (CI / "requirements.txt").read_text().count("==")


def test_lock_addresses() -> None:
    """Where packages come from is the machine's business: no address in the lock or its source."""
    named = [line for file in CI.glob("requirements.*") for line in file.read_text().splitlines() if "://" in line]
    options = [line for line in (CI / "requirements.txt").read_text().splitlines() if line.startswith("-")]
    assert [] == named + options


def test_lock_complete() -> None:
    """Everything that the project and its tools name directly is locked."""
    project = tomllib.loads((tree().root / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
    wanted += [line.split("#")[0] for line in (CI / "requirements.in").read_text().splitlines()]
    names = {normal(found.group()) for line in wanted if (found := re.match(r"[\w.-]+", line))}
    assert set() == names - set(locked())


def test_nothing_changed(root: Path) -> None:
    """With a whole .venv noxw becomes nox at once, with the arguments as given, from any folder."""
    pretend_venv(root)
    done = start(root, "-s", "tests", "--", "-k", "a b")
    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)
    assert [f"-m nox --noxfile {root}/noxfile.py -s tests -- -k a b"] == log(root)


def test_project_changed(root: Path) -> None:
    """A change of the project's facts costs one installation of the tree, not of its packages."""
    pretend_venv(root)
    with (root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    start(root, "-l")
    start(root, "-l")
    nox = f"-m nox --noxfile {root}/noxfile.py -l"
    assert [f"-m pip install --quiet --no-build-isolation --no-deps -e {root}", nox, nox] == log(root)


def test_lock_changed(root: Path) -> None:
    """A changed lock makes .venv anew; what cannot be had is one line, and no stamp stays."""
    pretend_venv(root)
    (root / "ci" / "requirements.txt").write_text(f"solo5-no-such-package==1 --hash=sha256:{'0' * 64}\n")
    done = start(root, "-l", PIP_NO_INDEX="1")
    begun, failed = done.stderr.decode().splitlines()
    assert "noxw: making .venv from ci/requirements.txt" == begun
    assert failed.startswith("noxw: packages of ci/requirements.txt: ERROR: ")
    assert "solo5-no-such-package" in failed
    assert TOOL_MISSING == done.returncode
    assert [] == load(root).stamp()


def test_no_lock(root: Path) -> None:
    """A damaged tree is one line that names the file."""
    (root / "ci" / "requirements.txt").unlink()
    done = start(root, "-l")
    expected = f"noxw: {root}/ci/requirements.txt: No such file or directory; mend that, and run noxw again\n"
    assert (TOOL_MISSING, expected) == (done.returncode, done.stderr.decode())


def test_settings_of_the_callers_do_not_reach_nox(root: Path) -> None:
    """nox, pip, pytest and Python start without what the caller has set for them, but for how packages are reached."""
    pretend_venv(root)
    noxw = load(root)
    noxw.PYTHON.write_text(f"#!/bin/sh\nenv >{root}/log\n")
    # Those of Python itself would already reach noxw, which starts it.
    theirs = {name: value for name, value in SETTINGS.items() if name.startswith(("NOX", "PYTEST", "PIP", "RUFF"))}
    start(root, "-l", **theirs, NO_COLOR="1", FORCE_COLOR="1", PIP_INDEX_URL="here", PYTHONPATH="/nonexistent")
    names = {line.partition("=")[0] for line in log(root)}
    assert set() == names & {*theirs, "PYTHONPATH", "FORCE_COLOR"}
    assert {"PIP_INDEX_URL", "NO_COLOR", "VIRTUAL_ENV"} <= names


def test_the_sources_of_packages_are_those_of_the_package() -> None:
    """noxw, which cannot import it, keeps the settings of pip that solo5.proc passes on."""
    kept = {name for name in proc.Kind.FETCHER.value if name.startswith("PIP_")}
    assert kept == set(load(tree().root).SOURCES)
