# SPDX-License-Identifier: ISC
"""docs/services.md and docs/systemd/: what they say, under a real systemd.

It is process 1 of namespaces of its own, and sees this host's files;
tests/services/boot.sh makes it. The same units, imitated, are tried in every
cell (tests/caller/verbs/serving.c).
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from solo5 import debian, launch
from solo5.builder import Built, build
from solo5.facts import Arch, Target, tree
from solo5.matrix.programs import Programs

_ROOT = tree().root
_UNITS = _ROOT / "docs" / "systemd"
_PAGE = _ROOT / "docs" / "services.md"
_HERE = [each for each in tree().archs() if each.is_host]
_DEADLINE_S = 120.0

#: Test guests, as the page calls them.
_GUESTS = {"hello": "hello", "options": "web", "spin": "spin"}
_STOP = """
install -D -m 644 spin.spt /etc/solo5/spin/guest.spt
echo SOLO5_ARGUMENTS=sleep > /etc/solo5/spin/environment
systemctl start solo5-spt@spin
journalctl --follow --lines=all --unit=solo5-spt@spin | sed /READY/q
systemctl stop solo5-spt@spin
"""
#: The host's cgroups of version 2; systemd wants a part of them.
_CGROUPS = re.compile(r"^\S+ \S+ \S+ / (\S+) .* - cgroup2 ", re.MULTILINE)


@pytest.fixture(scope="module")
def analyze() -> str:
    """Return the program that rates units."""
    if shutil.which("systemd-analyze") is None:
        debian.install(["systemd"])
    return "systemd-analyze"


def _rated(unit: Path) -> float:
    done = subprocess.run(
        ["systemd-analyze", "security", "--no-pager", "--offline=true", unit],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


@pytest.mark.usefixtures("analyze")
@pytest.mark.parametrize("unit", sorted(_UNITS.glob("*.service")), ids=lambda unit: unit.name)
def test_units_are_rated_safe(unit: Path, tmp_path: Path) -> None:
    """A guest's service is rated at most 0.5, with a network at most 1.5; so it does what makes the tap."""
    copy = Path(shutil.copy(unit, tmp_path))
    if unit.name.startswith("solo5-tap"):
        assert _rated(copy) <= 1.5
        return
    assert _rated(copy) <= 0.5
    more = tmp_path / f"{unit.name}.d"
    more.mkdir()
    shutil.copy(_UNITS / "socket.conf", more)
    assert _rated(copy) <= 0.5
    shutil.copy(_UNITS / "network.conf", more)
    assert 0.5 < _rated(copy) <= 1.5


@dataclass
class _Manager:
    """A systemd that runs."""

    process: subprocess.Popen[str]
    first: int
    """Its process 1, by our number."""

    def run(self, script: str) -> str:
        """Run a script beside it, in the folder; return what it writes."""
        command = ["nsenter", "--all", f"--target={self.first}", "sh", "-exc", f"cd /mnt\n{script}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_DEADLINE_S)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def end(self, service: str) -> str:
        """Wait until a service has ended; return how, and what it wrote."""
        journal = f"journalctl --output=cat --unit={service}"
        ends = rf"s/^{service}\.service: (Deactivated successfully|Failed with result .*)\.$/\1/"
        how = self.run(f"{journal} --follow --lines=all | sed -nE '{ends};T;p;q'")
        return how + self.run(f"journalctl --sync; {journal} _TRANSPORT=stdout")


@contextlib.contextmanager
def _cgroup() -> Iterator[Path]:
    """Make a cgroup, and remove what a killed test left."""
    mount = _CGROUPS.search(Path("/proc/self/mountinfo").read_text())
    own = re.search(r"^0::/(.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    if mount is None or own is None:
        pytest.skip("no cgroups of version 2 here")
    above = Path(mount[1]) / own[1]
    group = above / f"solo5-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"{group}: {error.strerror}; systemd wants a cgroup of its own")
    try:
        yield group
    finally:
        dead = [old for old in above.glob("solo5-test-*") if not Path("/proc", old.name.rpartition("-")[2]).exists()]
        for old in (group, *dead):
            for folder, _, _ in os.walk(old, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()


@contextlib.contextmanager
def _systemd(folder: Path) -> Iterator[_Manager]:
    """Start a systemd that sees this folder; skip where there can be none."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a systemd")
    notify = folder / "notify"
    spaces = "--pid --fork --kill-child --mount --uts --ipc --net --cgroup"
    tried = subprocess.run(["unshare", *spaces.split(), "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no systemd of our own here: {tried.stderr.strip()}")
    with _cgroup() as group, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(notify))
        ready.settimeout(_DEADLINE_S)
        script = f'echo $$ > {group}/cgroup.procs; exec setpriv --pdeathsig KILL unshare {spaces} sh "$@"'
        boot = _ROOT / "tests" / "services" / "boot.sh"
        command = ["sh", "-ec", script, "sh", str(boot), str(folder), str(notify), str(_ROOT)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            try:
                while b"READY=1" not in ready.recv(4096):
                    pass
                # It would wait for a reader.
                ready.close()
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                yield _Manager(process, int(children[0]))
            finally:
                process.kill()
                process.wait()
                _wait_until_empty(group)


def _wait_until_empty(group: Path) -> None:
    """Wait until the last process of a cgroup is gone (cgroups(7))."""
    with (group / "cgroup.events").open() as file:
        poller = select.poll()
        poller.register(file, select.POLLPRI)
        # Only what is read of this descriptor lets it wait for what is new.
        while "populated 0" not in file.read():
            assert poller.poll(_DEADLINE_S * 1000), f"{group}: not empty"
            file.seek(0)


@pytest.mark.usefixtures("analyze")
@pytest.mark.parametrize("arch", _HERE, ids=lambda arch: arch.name)
def test_the_page_works(arch: Arch, tmp_path: Path) -> None:
    """Each command of the page, in its order: a guest ends under its unit as without one, and has its devices."""
    built = build(arch)
    targets = [tree().target(cell.target) for cell in tree().cells() if cell.arch == arch.name]
    blocks = re.findall(r"^```sh\n(.*?)^```$", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    for target in targets:
        for guest, name in _GUESTS.items():
            shutil.copy(Programs(built).guest(guest, target), tmp_path / f"{name}.{target.name}")
    for name in ("docs", ".venv"):
        (tmp_path / name).symlink_to(_ROOT / name)
    ends: dict[str, str] = {}
    with _systemd(tmp_path) as manager:
        for block in blocks:
            manager.run(block)
            ends |= {service: manager.end(service) for service in re.findall(r"systemctl start (\S+)", block)}
        assert "master br0" in manager.run("ip link show solo5-web")
        # Of another sort: it runs until it is stopped.
        manager.run(_STOP)
        ends["solo5-spt@spin"] = manager.end("solo5-spt@spin")
        # What systemd does not understand of a unit, it tells with its line.
        assert [] == re.findall(r"/solo5-\S+:\d+: .*", manager.run("journalctl"))
    wanted = {
        "solo5-spt@web": "Deactivated successfully\nlength 9\n0\nSUCCESS\n",
        "solo5-spt@spin": "Deactivated successfully\nREADY\n",
    }
    assert {**wanted, **{f"solo5-{each.name}@hello": _without_unit(built, each) for each in targets}} == ends


def _without_unit(built: Built, target: Target) -> str:
    """Run a guest here; return how systemd says that end, and what it wrote."""
    command = [launch.of(target, tree()).program_in(built), Programs(built).guest("hello", target)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    end = "Deactivated successfully" if done.returncode == 0 else "Failed with result 'exit-code'"
    return f"{end}\n{done.stdout}"
