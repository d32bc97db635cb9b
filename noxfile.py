# SPDX-License-Identifier: ISC
"""Every verb of a developer, one session each; `nox -l` shows them.

No logic of its own: which sessions there are, the tree says; what they do,
the `solo5` command and the tools know. They run in the Python that ./noxw
made, or, without one, in nox' own. What follows `--` goes to `solo5`, and
what that does not know, to pytest. ./noxw runs this file, which is then nox.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nox
from nox import __main__ as nox_main
from nox.command import CommandFailed

ROOT = Path(__file__).resolve().parent
# A nox from elsewhere does not have this tree's package.
sys.path.insert(0, str(ROOT))

from solo5 import cli, env, outside, proc, standard  # noqa: E402 (the path comes first)
from solo5.debian import releases as debian_releases  # noqa: E402 (the path comes first)
from solo5.facts import tree  # noqa: E402 (the path comes first)

#: Shows the environment that ./noxw made last; another host that has this folder may let it show another.
SHOWN = ROOT / ".venv"
IS_OURS = Path(sys.prefix).is_relative_to(SHOWN) or not (SHOWN / "bin" / "python").exists()
PYTHON = sys.executable if IS_OURS else str(SHOWN / "bin" / "python")
#: What a session starts ends with nox, however that ends (setpriv(1)).
BOUND = ("setpriv", "--pdeathsig", "TERM", "--", PYTHON, "-m")
SOLO5 = (*BOUND, "solo5.cli")
#: Tools lie beside their Python.
PATH = f"{Path(PYTHON).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
#: For what takes settings from variables; `solo5` itself sees to what it starts.
CLEAN: Any = {"env": {**proc.environment(proc.Kind.OURS), "PATH": PATH}, "include_outer_env": False}
#: pytest.ExitCode.NO_TESTS_COLLECTED: `-k` chose tests of the matrix only.
NONE_CHOSEN = 5

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "tests"]


def build_session(arch: str) -> None:
    """Make the session that builds one architecture."""

    @nox.session(name=f"build-{arch}")
    def build(session: nox.Session) -> None:
        session.run(*SOLO5, "build", arch, *session.posargs)

    build.__doc__ = f"Build guest library, tenders and test guests of {arch}."


def test_session(cell: str) -> None:
    """Make the session that tests one cell of the matrix."""

    @nox.session(name=f"test-{cell}")
    def test(session: nox.Session) -> None:
        session.run(*SOLO5, "matrix", "--cell", cell, *session.posargs)

    test.__doc__ = f"Run every case of {cell}."


for _arch in tree().arch_names:
    build_session(_arch)
for _cell in tree().cells():
    test_session(str(_cell))


@nox.session
def matrix(session: nox.Session) -> None:
    """Build and test every cell, and show what works where."""
    session.run(*SOLO5, "matrix", *session.posargs)


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need no guest: Python's, and the tenders' cores."""
    if any(word.startswith(("--cell", "--case", "--skip")) for word in session.posargs):
        # An unknown name is told before anything is built.
        session.run(*SOLO5, "matrix", "--dry-run", *session.posargs, silent=True)
    session.run(*SOLO5, "build", "--native")
    for compiler in tree().compiler_names:
        session.run(*SOLO5, "build", "--compiler", compiler)
    # The matrix' plugin, for its options: the same words serve both.
    pytest = (*BOUND, "pytest", "-p", "solo5.matrix.plugin", "-n", "2")
    chosen = [0, NONE_CHOSEN] if session.posargs else [0]
    session.run(*pytest, *session.posargs, success_codes=chosen, **CLEAN)


@nox.session
def tests(session: nox.Session) -> None:
    """Run everything that can fail: unit, then matrix, with the default compiler last."""
    unit(session)
    for compiler in sorted(tree().compiler_names, key=lambda name: name == tree().default_compiler):
        session.run(*SOLO5, "matrix", "--compiler", compiler, *session.posargs)


@nox.session
def image(session: nox.Session) -> None:
    """Make the image that containers run in; `--base NAME`: from that one."""
    session.run(*SOLO5, "image", *session.posargs)


@nox.session
def containers(session: nox.Session) -> None:
    """Test that sessions in containers do what they do here; needs a container engine."""
    session.run(*SOLO5, "image")
    session.run(*BOUND, "pytest", "tests/containers", *session.posargs, **CLEAN)


@nox.session
def releases(session: nox.Session) -> None:
    """Test one cell of each architecture in each Debian release that this host is not; needs a container engine."""
    other = next(each.name for each in env.kinds() if each.releases)
    chosen = []
    for number, arch in enumerate(tree().arch_names):
        # Of each another target, if it has more than one.
        own = [cell for cell in tree().cells() if cell.arch == arch]
        chosen += ["--cell", str(own[number % len(own)])] if own else []
    for release in debian_releases.names(tree()):
        if release != debian_releases.host():
            where = ("--env", other, "--suite", release)
            session.run(*SOLO5, "matrix", *where, *chosen, *session.posargs)


@nox.session
def kernels(session: nox.Session) -> None:
    """Run every cell of an architecture on each other kernel that its facts name."""
    names = sorted({name for arch in tree().archs() for name in arch.kernels})
    failed = []
    for name in names:
        try:
            session.run(*SOLO5, "matrix", *session.posargs, "--kernel", name)
        except CommandFailed:
            # The next one is tried all the same.
            failed.append(name)
    if failed:
        session.error(f"kernels that cells do not pass on: {', '.join(failed)}")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and types of every file."""
    folders = ("agent", "bindings", "guests", "solo5", "tenders", "tests", "toolchains")
    sources = [str(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.[ch]"))]
    session.run(PYTHON, "-m", "ruff", "check", **CLEAN)
    session.run(PYTHON, "-m", "ruff", "format", "--check", **CLEAN)
    session.run(PYTHON, "-m", "mypy", **CLEAN)
    # A program of its own, as noxw is; and a folder with a conftest of its own.
    session.run(PYTHON, "-m", "mypy", "ci/engine", **CLEAN)
    session.run(PYTHON, "-m", "mypy", "tests/containers", **CLEAN)
    session.run("clang-format", "--dry-run", "-Werror", *sources, log=False, **CLEAN)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure beside plain processes, and beside `--peer PREFIX`."""
    session.run(*SOLO5, "bench", *session.posargs)


def _nox() -> int:
    sys.argv[1:1] = ["--noxfile", __file__]
    with outside.telling():
        nox_main.main()
    return 0


if __name__ == "__main__":
    # An output that cannot be written is one line.
    standard.secure()
    sys.exit(cli.ended(_nox))
