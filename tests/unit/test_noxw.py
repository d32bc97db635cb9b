# SPDX-License-Identifier: ISC
"""noxw and its lock: a start from nothing but Python, and from nothing changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import socket
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest
from callers_environment import SETTINGS
from loopback import serving

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


def pretend_venv(root: Path, script: str = 'echo "$@" >>{root}/log', begin: str | None = None) -> Path:
    """Make a .venv that is whole, as far as noxw can see; its Python only notes its arguments."""
    noxw = load(root)
    if begin is not None:
        noxw.begin = lambda: begin
    home: Path = noxw.environment()
    python: Path = noxw.python(home)
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{script.format(root=root)}\n")
    python.chmod(0o755)
    (home / noxw.STAMP).write_text("\n".join(noxw.wanted_stamp()))
    noxw.show(home)
    return home


def shown(root: Path) -> Path:
    """Return the environment that people find as .venv."""
    return (root / ".venv" / "bin" / "python").resolve().parents[1]


def environments(root: Path) -> list[str]:
    """Return the names of all that are kept, whole or not."""
    return sorted(path.name for path in (root / ".venv").iterdir() if not path.is_symlink())


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
    assert [f"{root}/noxfile.py -s tests -- -k a b"] == log(root)


def test_project_changed(root: Path) -> None:
    """A change of the project's facts costs one installation of the tree, not of its packages."""
    pretend_venv(root)
    with (root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    start(root, "-l")
    start(root, "-l")
    nox = f"{root}/noxfile.py -l"
    assert [f"-m pip install --quiet --no-build-isolation --no-deps -e {root}", nox, nox] == log(root)


def test_lock_changed(root: Path) -> None:
    """A changed lock makes .venv anew; what cannot be had is one line, no stamp stays, and the old .venv works."""
    before = pretend_venv(root)
    (root / "ci" / "requirements.txt").write_text(f"solo5-no-such-package==1 --hash=sha256:{'0' * 64}\n")
    done = start(root, "-l", PIP_NO_INDEX="1")
    begun, failed = done.stderr.decode().splitlines()
    assert "noxw: making .venv from ci/requirements.txt" == begun
    assert failed.startswith("noxw: packages of ci/requirements.txt: ERROR: ")
    assert "solo5-no-such-package" in failed
    assert TOOL_MISSING == done.returncode
    noxw = load(root)
    assert [] == noxw.stamp(noxw.environment())
    assert [before.name] == environments(root)
    assert before == shown(root)


def test_an_interrupted_one_leaves_the_old(root: Path) -> None:
    """Ctrl-C, or a kill, while packages come: what worked before still does, and is what the old lock finds."""
    before, lock = pretend_venv(root), root / "ci" / "requirements.txt"
    text = lock.read_text()
    lock.write_text(f"a-package==1 --hash=sha256:{'0' * 64}\n")
    for number in (signal.SIGINT, signal.SIGKILL):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings = {"PIP_INDEX_URL": f"http://127.0.0.1:{silent.getsockname()[1]}/", "PIP_RETRIES": "0"}
            child = proc.spawn([sys.executable, root / "noxw", "-l"], kind=proc.Kind.OURS, env=settings)
            silent.accept()[0].close()
            os.killpg(child.pid, number)
            child.wait()
        assert before == shown(root)
    lock.write_text(text)
    assert 0 == start(root, "-l").returncode
    assert [f"{root}/noxfile.py -l"] == log(root)


def test_each_version_of_python_has_its_own(root: Path) -> None:
    """Two hosts share a tree: each finds what it made, .venv shows the last used, and only older ones of its own go."""
    other = pretend_venv(root, begin="2.7-")
    first = pretend_venv(root)
    assert first == shown(root)
    noxw = load(root)
    noxw.begin = lambda: "2.7-"
    noxw.show(other)
    assert other == shown(root)
    start(root, "-l")
    assert first == shown(root)
    with (root / "ci" / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    second = pretend_venv(root)
    assert sorted([other.name, second.name]) == environments(root)


def test_one_in_use_stays(root: Path) -> None:
    """While nox runs, its environment is not removed, though another has been made."""
    begun = root / "begun"
    os.mkfifo(begun)
    # As nox does, it keeps what noxw has opened, though what it starts gets none of it.
    first = pretend_venv(root, "echo >{root}/begun; read _ <{root}/begun")
    child = proc.spawn([sys.executable, root / "noxw", "-l"], kind=proc.Kind.OURS)
    begun.read_text()
    with (root / "ci" / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    second = pretend_venv(root)
    assert sorted([first.name, second.name]) == environments(root)
    begun.write_text("go on\n")
    child.wait()
    load(root).show(second)
    assert [second.name] == environments(root)


def test_what_people_made_as_venv_is_replaced(root: Path) -> None:
    """A .venv that is an environment itself gives way to one that is whole."""
    (root / ".venv" / "bin").mkdir(parents=True)
    (root / ".venv" / "bin" / "python").write_text("")
    (root / ".venv" / "pyvenv.cfg").write_text("")
    assert pretend_venv(root) == shown(root)
    assert (root / ".venv" / "pyvenv.cfg").is_symlink()


def test_another_file_than_the_lock_names(root: Path) -> None:
    """A wheel of other bytes is refused in a line with its name and both hashes; nothing of it is kept."""
    before = pretend_venv(root)
    name, content = "a_package-1-py3-none-any.whl", b"another wheel's bytes"
    expected, got = "12" * 32, hashlib.sha256(content).hexdigest()
    (root / "ci" / "requirements.txt").write_text(f"a-package==1 --hash=sha256:{expected}\n")
    page = f'<a href="/{name}">{name}</a>'.encode()
    with serving({"/a-package/": ("text/html", page), f"/{name}": ("application/zip", content)}) as address:
        done = start(root, "-l", PIP_INDEX_URL=address, HOME=str(root / "home"))
    said = (
        f"noxw: packages of ci/requirements.txt: {name}: its SHA-256 is {got}, expected is {expected}; it is not used"
    )
    assert done.stderr.decode().splitlines()[-1].startswith(said)
    assert TOOL_MISSING == done.returncode
    assert [before.name] == environments(root)
    assert [] == [path for path in root.rglob("*") if path.is_file() and content in path.read_bytes()]


def test_no_lock(root: Path) -> None:
    """A damaged tree is one line that names the file."""
    (root / "ci" / "requirements.txt").unlink()
    done = start(root, "-l")
    expected = f"noxw: {root}/ci/requirements.txt: No such file or directory; mend that, and run noxw again\n"
    assert (TOOL_MISSING, expected) == (done.returncode, done.stderr.decode())


def test_settings_of_the_callers_do_not_reach_nox(root: Path) -> None:
    """nox, pip, pytest and Python start without what the caller has set for them, but for how packages are reached."""
    pretend_venv(root, "env >{root}/log")
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


@pytest.mark.parametrize(
    ("redirected", "line"),
    [
        (">&-", "noxw: standard output: it is closed; send it to where it can be written\n"),
        (">/dev/full", "solo5: standard output: No space left on device; send it to where it can be written\n"),
    ],
)
@pytest.mark.parametrize("word", ["--list", "--help"])
def test_an_output_that_cannot_be_written_is_one_line(word: str, redirected: str, line: str) -> None:
    """So it is of `solo5` itself, and so is the status."""
    noxw = tree().root / "noxw"
    ours = load(tree().root)
    if ours.stamp(ours.environment()) != ours.wanted_stamp():
        pytest.skip("this tree has no .venv of noxw")
    done = proc.run(["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, noxw, word])
    assert (TOOL_MISSING, line) == (done.returncode, done.stderr.decode())
