# SPDX-License-Identifier: ISC
"""apt for another architecture or release, with a state of its own.

Sources and trusted keys are this host's, as configured (solo5.debian.sources);
lists, downloads and the notion of what is installed are private, so that
neither dpkg's foreign architectures nor the host's lists change, and no right
of root is needed.
"""

from __future__ import annotations

import itertools
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from solo5 import digest, kept, outside, proc, progress
from solo5.debian import sources
from solo5.errors import ToolMissingError, UntrustedError

#: Lists this old may name packages that the mirror has already replaced.
FRESH_S: Final = 3600.0
UPDATE_DEADLINE_S: Final = 300.0
DOWNLOAD_DEADLINE_S: Final = 1800.0
QUERY_DEADLINE_S: Final = 60.0
#: Fetches one file as apt would: with its proxies, certificates and passwords.
_HELPER: Final = "/usr/lib/apt/apt-helper"
#: Where a package lies before and after a point release takes it over from the security archive.
_POOLS: Final = ("pool/updates/", "pool/")
#: What apt says of a file that is not there: of http, of copy, of file.
_GONE: Final = rb"\s404\s|No such file|File not found"

#: How apt ends the line of a file that is not what its index says, and what it says then of both.
_MISMATCH: Final = "Hash Sum mismatch"
_OTHER: Final = re.compile(r" expected file:.*?- SHA256:(\w+).*? received file:.*?- SHA256:(\w+)", re.DOTALL)

# Hooks of the host (apt.conf(5), "#clear") are about the host's own lists.
# Indexes other than that of packages are as large and never read here.
_CONFIGURATION = """\
// Written by solo5.debian; changes are lost.
Dir::State "{folder}/state";
Dir::State::lists "{folder}/state/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Cache::archives "{folder}/cache/archives";
// Container images turn these off; without them each question takes a second.
Dir::Cache::pkgcache "{folder}/cache/pkgcache.bin";
Dir::Cache::srcpkgcache "{folder}/cache/srcpkgcache.bin";
#clear APT::Architectures;
APT::Architecture "{arch}";
APT::Architectures {{ "{arch}"; }};
// The cache may lie where the user _apt has no way in.
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-hidpi;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large;
#clear Acquire::IndexTargets::deb::DEP-11-icons-large-hidpi;
#clear Acquire::IndexTargets::deb::Contents-deb;
#clear Acquire::IndexTargets::deb::CNF;
"""

_SOURCES: Final = """\
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "{folder}/sources.list.d";
"""


@dataclass(frozen=True)
class Package:
    """One package file that a source offers, or that a pin names."""

    package: str
    version: str
    path: str
    """Below the archive's address."""
    size: int
    """Of the file, bytes."""
    sha256: str

    def __str__(self) -> str:
        """Return name and version, for messages."""
        return f"{self.package} {self.version}"


def configuration(arch: str, folder: Path, own_sources: bool = True) -> str:  # noqa: FBT001, FBT002 - see below
    """Return the apt.conf(5) that keeps all of `arch` below `folder`.

    `own_sources`: the sources are the host's, not those in `folder`.
    """
    text = _CONFIGURATION.format(arch=arch, folder=folder)
    return text if own_sources else text + _SOURCES.format(folder=folder)


def parse_show(text: str) -> Iterator[Package]:
    """Read what `apt-cache show` prints, one package for each paragraph."""
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z0-9-]+): *(.*)$", paragraph, re.MULTILINE))
        if {"Package", "Version", "Filename", "Size", "SHA256"} <= fields.keys():
            size = int(fields["Size"])
            yield Package(fields["Package"], fields["Version"], fields["Filename"], size, fields["SHA256"])


def parse_image(text: str, name: str) -> str:
    """Read what `apt-cache depends NAME` prints; return the package with the kernel.

    A meta package depends on the image of its newest kernel; a package that
    depends on no image is one.
    """
    found = re.search(r"^\s*\|?Depends: (linux-image-\S+)$", text, re.MULTILINE)
    return found.group(1) if found else name


def complaint(output: bytes) -> str:
    """Return the first error in apt's output, else the first warning, on one line; both hashes of what it refused."""
    text = output.decode(errors="replace")
    lines = text.splitlines()
    # Without network, an update only warns.
    found = [line[3:] for kind in ("E: ", "W: ") for line in lines if line.startswith(kind)]
    said = " ".join((found or ["apt gave no reason"])[0].split())
    other = _OTHER.search(text) if said.endswith(_MISMATCH) else None
    return f"{said}: its SHA-256 is {other[2]}, expected is {other[1]}; it is not used" if other else said


def demand_tools() -> None:
    """Raise ToolMissingError unless this host has Debian's package tools."""
    absent = [name for name in ("apt-get", "apt-cache", "dpkg-deb", "dpkg-query") if shutil.which(name) is None]
    if absent:
        message = f"{', '.join(absent)}: not found; packages come through Debian's tools: use a Debian machine"
        raise ToolMissingError(message)


def _is_list(name: str) -> bool:
    """Tell whether a file is one that only an update changes."""
    return name == "updated" or (name.startswith("state/lists/") and not name.endswith("/lock"))


class Apt:
    """The packages of one architecture and release, through the host's sources."""

    def __init__(self, arch: str, release: str, folder: Path) -> None:
        """Keep everything below `folder`; the caller holds a lock on it.

        Raises ToolMissingError if there is no apt, or no source of the release.
        """
        demand_tools()
        self._release = release
        self.arch = arch
        self._conf = folder / "apt.conf"
        self._stamp = folder / "updated"
        self._folder = folder
        self._refused = ""
        if kept.changed(folder) != ():
            # Lists that are damaged are none; what is made of them, apt makes again.
            kept.remove(folder)
        self._lists = folder / "state/lists"
        for each in ("state/lists/partial", "cache/archives/partial"):
            (folder / each).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        texts = sources.of_release(release)
        is_own = texts == sources.own()
        if not is_own:
            parts = folder / "sources.list.d"
            shutil.rmtree(parts, ignore_errors=True)
            parts.mkdir()
            for name, text in texts.items():
                (parts / name).write_text(text)
        self._conf.write_text(configuration(arch, folder, is_own))

    def is_fresh(self) -> bool:
        """Tell whether the lists are young enough to believe."""
        try:
            return time.time() - self._stamp.stat().st_mtime < FRESH_S
        except OSError:
            return False

    def update(self) -> None:
        """Fetch the lists anew.

        A source that fails costs a line, not the work: a mirror in the middle
        of being copied, or another's source that is down, need not matter for
        what is wanted. Old lists stay usable.
        """
        done = self._run("apt-get", "-q", "update", deadline_s=UPDATE_DEADLINE_S)
        self._refused = ""
        came = re.search(rb"^(Get|Hit):", done.stdout, re.MULTILINE) is not None
        if done.returncode != 0 or not came:
            self._refused = complaint(done.stderr)
            if outside.complaint(self._refused):
                lists = "the package lists"
                raise self.unavailable(lists)
            if came:
                progress.warn(f"package lists of {self.arch} are not whole, using what came: {self._refused}")
        if came:
            self._stamp.touch()
        # What apt refused lies there under another name.
        for path in self._lists.glob("partial/*"):
            kept.remove(path)
        kept.seal(self._folder, f"package lists of {self._release}, {self.arch}", of=_is_list)

    def find(self, package: str, version: str | None = None) -> Package | None:
        """Return a package as the sources offer it; newest if no version is given."""
        exact = package if version is None else f"{package}={version}"
        shown = self._run("apt-cache", "show", "--no-all-versions", exact)
        return next(parse_show(shown.stdout.decode(errors="replace")), None)

    def image_of(self, name: str) -> str:
        """Return the package that holds the kernel of a meta package."""
        shown = self._run("apt-cache", "depends", name)
        return parse_image(shown.stdout.decode(errors="replace"), name)

    def download(self, what: Package, into: Path) -> Path:
        """Fetch one package file into an empty folder.

        apt itself compares it with the signed index. Raises ToolMissingError
        if it cannot be had.
        """
        exact = f"{what.package}={what.version}"
        done = self._run("apt-get", "-q", "download", exact, cwd=into, deadline_s=DOWNLOAD_DEADLINE_S)
        files = sorted(into.glob("*.deb"))
        if done.returncode != 0 or len(files) != 1:
            raise self.unavailable(str(what), complaint(done.stderr))
        sha256 = digest.of_file(files[0])
        if sha256 != what.sha256:
            message = f"{what} of {self.arch}: SHA-256 is {sha256}, expected {what.sha256}; it is not used"
            raise ToolMissingError(message)
        return files[0]

    def fetch(self, what: Package, into: Path) -> Path | None:
        """Fetch a package file from where it lies, without an index; None: no source has it there.

        `into` is a folder for files that are not kept. Raises UntrustedError
        if only other files are where this one should be, ToolMissingError if no
        source answers.
        """
        file = into / PurePosixPath(what.path).name
        paths = sorted({what.path, what.path.replace(*_POOLS, 1)}, reverse=True)
        gone, other = False, ""
        silent: dict[str, str] = {}
        for base, path in itertools.product(self._bases(), paths):
            if base in silent:
                continue
            words = ["download-file", f"{base}{path}", str(file), f"SHA256:{what.sha256}"]
            done = self._run(_HELPER, *words, cwd=into, deadline_s=DOWNLOAD_DEADLINE_S)
            if outside.complaint(complaint(done.stderr)):
                raise self.unavailable(str(what), complaint(done.stderr))
            # One that apt refuses has another name, or has not, depending on where it came from.
            received = next((each for each in (file, file.with_name(f"{file.name}.FAILED")) if each.exists()), None)
            if received is not None:
                sha256 = digest.of_file(received)
                if sha256 == what.sha256:
                    return received
                other = sha256 or ""
                received.unlink()
            elif re.search(_GONE, done.stderr):
                gone = True
            else:
                silent[base] = complaint(done.stderr)
        if other:
            message = (
                f"{what} of {self.arch}: {file.name}: the source offers a file with SHA-256 {other}, "
                f"pinned is {what.sha256}; it is not used"
            )
            raise UntrustedError(message)
        if silent and not gone:
            raise self.unavailable(str(what), *list(silent.values())[:1])
        return None

    def _bases(self) -> list[str]:
        """Return the address of each source of the release; where none is of it by name, those of all."""
        words = ("--no-release-info", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages")
        shown = self._run("apt-get", "indextargets", *words).stdout.decode(errors="replace")
        found = [line.partition(" ")[::2] for line in shown.splitlines()]
        ours = [address for suite, address in found if sources.is_of(suite, self._release)]
        return list(dict.fromkeys(ours or [address for _, address in found]))

    def unavailable(self, what: str, why: str = "") -> ToolMissingError:
        """Make the error for something that no source has."""
        cause = why or self._refused or "no source of this host offers it"
        if outside.complaint(cause):
            folder = self._conf.parent
            return ToolMissingError(
                f"{what} of {self.arch}: {folder}: {cause}; make room there{outside.instead(folder)}"
            )
        update = proc.line(["apt-get", "-c", self._conf, "update"])
        message = (
            f"{what} of {self.arch}: not in the cache and not to be had: {cause}; "
            f"it needs network and a Debian source; to see more: {update}"
        )
        return ToolMissingError(message)

    def _run(
        self, program: str, *words: str, cwd: Path | None = None, deadline_s: float = QUERY_DEADLINE_S
    ) -> proc.Completed:
        argv: proc.Argv = (program, "-c", self._conf, *words)
        return proc.run(argv, kind=proc.Kind.FETCHER, cwd=cwd, deadline_s=deadline_s, tidy=True)
