# SPDX-License-Identifier: ISC
"""solo5.outside: no room, no right, a limit are the user's situation, told in one line; real ones, in namespaces."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from solo5 import cache, doctor, env, outside, scratch
from solo5.builder import build, build_native
from solo5.errors import NOT_THE_PROGRAMS, ToolMissingError
from solo5.facts import BUILD_VARIABLE, tree
from solo5.matrix.programs import Programs

_OUTSIDE = ToolMissingError.exit_status
_SOLO5 = (sys.executable, "-m", "solo5.cli")
_NOBODY = 65534
#: Rights that make root more than the owner of its own files.
_MORE = "-dac_override,-dac_read_search,-fowner,-chown"


def _run(script: str, *words: str | Path, **env: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a mount namespace of its own; its arguments are the words."""
    settings = {
        **os.environ,
        "PYTHONPATH": str(tree().root),
        "SOLO5_VERBOSE": "0",
        **{k: str(v) for k, v in env.items()},
    }
    argv = ["unshare", "--mount", "sh", "-euc", script, "sh", *map(str, words)]
    return subprocess.run(argv, env=settings, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    tried = _run("mount -t tmpfs none /tmp")
    if tried.returncode != 0:
        pytest.skip(f"mount namespaces: {tried.stderr.strip()}")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder to mount on."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _is_one_line(done: subprocess.CompletedProcess[str], *parts: object, status: int = _OUTSIDE) -> None:
    assert (status, 1) == (done.returncode, done.stderr.count("\n")), done.stderr
    assert done.stderr.startswith("solo5: ")
    assert [] == [part for part in map(str, parts) if part not in done.stderr], done.stderr
    assert "a bug of ours" not in done.stderr


@pytest.mark.parametrize("size", ["4k", "64k", "512k"])
def test_a_full_disk_below_the_build_is_one_line(size: str, folder: Path) -> None:
    """Whatever finds no room first, we, Meson, Ninja or the compiler, the folder and the way out are named."""
    script = f'mount -t tmpfs -o size={size} none {folder}; exec "$@"'
    done = _run(script, *_SOLO5, "build", "--native", "--env", "host", SOLO5_BUILD=folder / "build")
    _is_one_line(done, folder / "build", "No space left on device", f"set {BUILD_VARIABLE} to a")


def test_a_full_folder_for_temporary_files_is_one_line(folder: Path) -> None:
    """A machine that cannot start for lack of room names the folder and TMPDIR; the status is none of a guest's."""
    arch = next(arch for arch in tree().archs() if any(cell.arch == arch.name for cell in tree().cells()))
    guest = Programs(build(arch)).guest("hello", tree().target("spt"))
    script = f'mount -t tmpfs -o size=64k none {folder}; exec "$@"'
    words = (*_SOLO5, "run", "--place", "vm", guest, "Hello_Solo5")
    done = _run(script, *words, TMPDIR=folder, SOLO5_SNAPSHOTS="0")
    _is_one_line(done, f"{folder}/", "No space left on device; make room there, or set TMPDIR", status=NOT_THE_PROGRAMS)


@pytest.mark.parametrize("size", ["4k", "64k"])
def test_a_full_folder_for_a_compilers_temporary_files_is_one_line(size: str, folder: Path) -> None:
    """Compilers write there, too, and Meson, which says why in its log only; the variable is TMPDIR."""
    script = f'mkdir {folder}/t; mount -t tmpfs -o size={size} none {folder}/t; exec "$@"'
    done = _run(
        script, *_SOLO5, "build", "--native", "--env", "host", SOLO5_BUILD=folder / "build", TMPDIR=folder / "t"
    )
    _is_one_line(done, f"{folder}/t/", "No space left on device", f"set TMPDIR to another folder than {folder}/t;")


def test_a_snapshot_outlives_a_full_folder_for_temporary_files(folder: Path) -> None:
    """A machine that finds no room for its own files is no reason to remove what machines start from."""
    arch = tree().archs()[0]
    guest = Programs(build(arch)).guest("hello", tree().target("spt"))
    words = (*_SOLO5, "run", "--place", "vm", guest, "Hello_Solo5")
    assert 0 == _run('exec "$@"', *words).returncode
    before = sorted((cache.root() / "vm").iterdir())
    script = f'mount -t tmpfs -o size=64k none {folder}; exec "$@"'
    _is_one_line(_run(script, *words, TMPDIR=folder), f"{folder}/", "No space left", status=NOT_THE_PROGRAMS)
    assert before == sorted((cache.root() / "vm").iterdir())


@pytest.mark.parametrize("size", ["64k", "2m"])
def test_a_full_cache_is_one_line_and_no_attack(size: str, folder: Path) -> None:
    """What does not fit is no file that its hash disowns, nor a lack of network: the folder and the variable count."""
    script = f'mount -t tmpfs -o size={size} none {folder}; exec "$@"'
    done = _run(script, *_SOLO5, "shell", tree().archs()[0].name, "--", "true", SOLO5_CACHE=folder)
    told = [line for line in done.stderr.splitlines(keepends=True) if not line.startswith("solo5: fetching")]
    done.stderr = "".join(told)
    variable = f"make room there, or set SOLO5_CACHE to another folder than {folder}"
    _is_one_line(done, f": {folder}/", "No space left on device", variable, status=NOT_THE_PROGRAMS)


def test_no_folder_for_temporary_files_is_one_line(folder: Path) -> None:
    """Where every folder that temporary files could go to cannot be written, that is said."""
    hide = "for each in /tmp /var/tmp /usr/tmp; do [ ! -d $each ] || mount -t tmpfs -o ro none $each; done"
    script = f'{hide}; cd /proc; exec "$@"'
    # The checkout may be below one of them: its package is a copy.
    site = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        shutil.copytree(tree().root / "solo5", site / "solo5", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(tree().root / "toolchains", site / "toolchains")
        python = Path(sys.executable)
        if python.is_relative_to("/tmp") or python.is_relative_to("/var/tmp"):  # noqa: S108 - what is mounted over
            python = python.resolve()
        done = _run(script, python, "-m", "solo5.cli", "build", TMPDIR=folder, PYTHONPATH=site)
    finally:
        shutil.rmtree(site)
    _is_one_line(done, "No usable temporary directory found", "set TMPDIR to a folder")


def test_a_build_folder_that_can_only_be_read_is_one_line(folder: Path) -> None:
    """A read-only checkout names its build folder, and the variable for another one."""
    script = f'mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}; exec "$@"'
    done = _run(script, *_SOLO5, "build", "--native", "--env", "host", SOLO5_BUILD=folder / "build")
    _is_one_line(done, folder / "build", "Read-only file system", f"set {BUILD_VARIABLE} to a folder")


def test_a_prefix_that_can_only_be_read_is_one_line(folder: Path) -> None:
    """An installation into a read-only folder names what could not be written."""
    arch = tree().archs()[0]
    build(arch)
    script = f'mount --bind {folder} {folder}; mount -o remount,bind,ro {folder}; exec "$@"'
    done = _run(script, *_SOLO5, "build", "--env", "host", "--prefix", folder / "prefix", arch.name)
    _is_one_line(done, folder / "prefix", "Read-only file system", "name another folder")


@pytest.mark.parametrize("what", [".", "native.lock", "native.ini", "native", "native/tenders", "native/meson-private"])
def test_files_of_another_user_in_the_build_folder_are_one_line(
    what: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root leaves them after one `sudo`: the folder and the way out are named, whichever of them it is."""
    monkeypatch.setenv(BUILD_VARIABLE, str(folder))
    made = build_native(at=tree())
    # All is to be written anew: what the build is told, and what it makes.
    described = folder / "native.ini"
    described.write_text(described.read_text().replace("[properties]", "[properties]\nother = 1"))
    for path in made.rglob("*.o"):
        path.unlink()
    for path in [folder / what, *(folder / what).rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o022)
        os.chown(path, _NOBODY, _NOBODY)
    script = f'exec setpriv --bounding-set={_MORE} --inh-caps={_MORE} -- "$@"'
    done = _run(script, *_SOLO5, "build", "--native", "--env", "host", SOLO5_BUILD=folder)
    _is_one_line(done, folder, "Permission denied", f"set {BUILD_VARIABLE} to a")


def _failure(code: str, folder: Path) -> str:
    """Return what people are told of an error that Python code ends with, in a process of its own."""
    program = (
        "import sys, os, resource, socket; from pathlib import Path; from solo5 import outside\n"
        f"folder = Path({str(folder)!r})\n"
        f"try:\n    {code}\nexcept Exception as error:\n    print(outside.explained(error))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tree().root)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("(folder / ('x' * 300)).touch()", "{folder}/{x}: File name too long; work in a folder with a shorter name"),
        ("(folder / 'file' / 'x').touch()", "{folder}/file/x: Not a directory; something else has its place"),
        ("folder.open('w')", "{folder}: Is a directory; something else has its place"),
        ("(folder / 'loop').touch()", "{folder}/loop: Too many levels of symbolic links; "),
        (
            "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)); [os.pipe() for _ in range(9)]",
            "this process: Too many open files; end other programs, or raise the limit (ulimit -n)",
        ),
        (
            "resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)); kept = [open(folder / 'file') for _ in range(9)]",
            "{folder}/file: Too many open files; end other programs, or raise the limit (ulimit -n)",
        ),
        (
            "resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29)); bytearray(1 << 30)",
            "this process: Cannot allocate memory; end other programs, or raise the limit (ulimit -v)",
        ),
        (
            (
                "from solo5 import scratch; resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9))\n"
                "    with scratch.replacing(folder / 'new') as path: path.write_bytes(b'x' * 99)"
            ),
            "{folder}/new: File too large; end other programs, or raise the limit (ulimit -f)",
        ),
        ("{}[1]", "None"),
        ("os.close(77)", "None"),
        ("socket.socket().connect(('127.0.0.1', 1))", "None"),
    ],
)
def test_what_the_world_refuses_is_told_by_its_number(code: str, told: str, folder: Path) -> None:
    """Place, cause and the next step; what is no such thing stays a bug of ours."""
    (folder / "file").touch()
    (folder / "loop").symlink_to("loop")
    assert _failure(code, folder).startswith(told.format(folder=folder, x="x" * 300))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "x\n/usr/bin/ld: final link failed: No space left on device\n",
            "/usr/bin/ld: final link failed: No space left on device",
        ),
        (
            "E: Failed to fetch http://x/y.deb  Error writing - write (28: No space left on device) [IP: 1.2.3.4 80]\n",
            None,
        ),
        ("E: You don't have enough free space in /x/cache/archives/.\n", None),
        ("a.c:1: fatal error: opening dependency file a.d: Permission denied\n", None),
        (
            "PermissionError: [Errno 13] Permission denied: '/x/y z'\n",
            "PermissionError: [Errno 13] Permission denied: '/x/y z'",
        ),
        ("a.c:1:7: error: 'Permission denied' undeclared\n", ""),
        ("gcc: fatal error: Killed signal terminated program cc1\n", None),
        ("a.c:1: error: expected ';'\n", ""),
    ],
)
def test_what_programs_say_of_the_world_is_known(text: str, line: str | None) -> None:
    """The words of GCC, binutils and Meson, in the locale that they are given; a mistake in C is none."""
    assert (text.strip() if line is None else line or None) == outside.complaint(text)


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("a.c:1: fatal error: error writing to /t/x.s: No space left on device", "/t/x.s"),
        ("/t/x.s: Fatal error: a.p/b.o: No space left on device", "/build/a.p/b.o"),
        ("/t/x.s: Fatal error: can't write 16 bytes to section .text of /t/y.o: 'No space left on device'", "/t/y.o"),
        ("OSError: [Errno 28] No space left on device: '/s/a b.h' -> '/t/a b.h'", "/t/a b.h"),
        ("OSError: [Errno 28] No space left on device", "/build"),
        ("gcc: fatal error: Killed signal terminated program cc1", "/build"),
    ],
)
def test_the_file_that_a_complaint_is_about_is_known(line: str, file: str) -> None:
    """So the variable that helps is that of the file's folder; a relative name is in the build folder."""
    assert Path(file) == outside.place(line, Path("/build"))


def test_a_user_without_a_home_is_told_which_variable_helps(folder: Path) -> None:
    """A process of a user whom no file knows, as in containers, has no place for a cache."""
    rights = "+dac_override,+dac_read_search"
    script = (
        f'unset HOME; exec setpriv --reuid=54321 --clear-groups --inh-caps={rights} --ambient-caps={rights} -- "$@"'
    )
    done = _run(script, *_SOLO5, "shell", tree().arch_names[0], TMPDIR=folder)
    assert (NOT_THE_PROGRAMS, True) == (done.returncode, "set SOLO5_CACHE to a folder" in done.stderr), done.stderr
    assert "a bug of ours" not in done.stderr


def test_who_only_looks_into_the_cache_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no home, what is built runs, and doctor says what is missing: the cache is as an empty one."""

    def no_home() -> NoReturn:
        raise RuntimeError

    monkeypatch.delenv(cache.VARIABLE, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    env.sweep()
    assert "" == outside.instead("/nowhere")
    said = [str(each) for each in doctor.examine(tree())]
    kernel = f"kernel of {tree().arch_names[0]}: not there, and cannot be fetched: no folder to keep"
    assert [True] == [kernel in line for line in said if f"kernel of {tree().arch_names[0]}" in line], said


@pytest.mark.parametrize("words", [("bench", "--peer", "here"), ("build", "--prefix", "here", "x86_64")])
def test_a_folder_that_is_gone_is_one_line(words: Sequence[str], folder: Path) -> None:
    """What is relative has no meaning where the folder that we were started in was removed."""
    script = 'mkdir "$0"; cd "$0"; rmdir "$0"; exec "$@"'
    done = _run(script.replace("$0", str(folder / "gone")), *_SOLO5, *words)
    _is_one_line(done, "the folder that this was started in is there no more")


def test_nox_in_a_folder_that_is_gone_is_one_line(folder: Path) -> None:
    """It looks where it is before it does anything."""
    script = f'mkdir {folder}/gone; cd {folder}/gone; rmdir {folder}/gone; exec "$@"'
    done = _run(script, sys.executable, tree().root / "noxfile.py", "--list")
    _is_one_line(done, "the folder that this was started in is there no more")


def test_another_folder_for_temporary_files_helps_only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """TMPDIR is named for what a compiler or we put there, not for a user's own folder that happens to lie there."""
    monkeypatch.delenv(cache.VARIABLE, raising=False)
    tmp = Path(tempfile.gettempdir())
    assert ["", "set TMPDIR", "set TMPDIR"] == [
        "set TMPDIR" * ("set TMPDIR" in outside.instead(tmp / name))
        for name in ("installed/bin/solo5-spt", "ccAbCdEf.s", f"{scratch.path('run').name}/guest")
    ]
