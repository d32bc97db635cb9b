# SPDX-License-Identifier: ISC
"""The image that containers of ours are made of, named by the hash of what goes into it.

Two layers: Debian with the packages that sessions need, made by mmdebstrap
from this host's own sources (or, with a base, by the engine from an image
that it has or can get); upon it, the locked wheels and the unpacked kernels
and C libraries of all architectures, so that no session needs a network.
There is one for each Debian release that there are pins of.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import docker
import docker.errors

from solo5 import cache, debian, interrupt, kept, needs, places, proc, progress, scratch
from solo5.debian import foreign, releases, sources
from solo5.debian.releases import Release
from solo5.env import INSIDE_VARIABLE
from solo5.env.container import engine
from solo5.errors import ToolMissingError, UntrustedError
from solo5.facts import Tree

REPOSITORY: Final = "solo5-workshop"
#: Where the image keeps what Debian does not package.
HOME: Final = "/opt/solo5-workshop"
#: The label that says what the user let it begin with.
_BASE: Final = "solo5.base"
_DEADLINE_S: Final = 1800.0
#: Of the wheels that run on Debian 12, whose C library is 2.36, and later; the oldest first (PEP 600).
_PLATFORMS: Final = ("manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 37)))
#: What pip says of a file that is not what the lock says: its address, all hashes that it may have, and its own.
_OTHER: Final = re.compile(r" from (\S+?)(?:#\S*)?(?: \(.*)?:\n((?: +Expected .*\n)+) +Got +(\w+)")
#: Nobody reads these in a container.
_LEFT_OUT: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")

#: Python finds our packages by a file, not a variable: what it starts gets an environment of its own.
_MINE: Final = f"""\
COPY home {HOME}
RUN echo {HOME}/site > /usr/lib/python3/dist-packages/solo5-workshop.pth
ENV PATH={HOME}/site/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 \\
    {cache.VARIABLE}={HOME}/cache {INSIDE_VARIABLE}=container
"""
_INSTALL: Final = (
    "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends {packages}"
    " && rm -rf /var/lib/apt/lists/*\n"
)


@dataclass(frozen=True)
class Recipe:
    """What goes into an image."""

    packages: tuple[str, ...]
    """Debian's, of this host's architecture."""
    pins: tuple[str, ...]
    """Of kernels and C libraries, by architecture."""
    lock: str
    """Hash of the locked wheels' list."""
    release: Release

    @property
    def system(self) -> str:
        """Name of the lower layer, where we make it ourselves."""
        return f"{REPOSITORY}:system-{_hash([self.packages, self.release.name, _LEFT_OUT])}"

    @property
    def image(self) -> str:
        """Name of the whole, whatever it began with."""
        return f"{REPOSITORY}:{_hash([self.packages, self.pins, self.lock, asdict(self.release), _MINE, kept.SEAL])}"

    def dockerfile(self, base: str) -> str:
        """Return what the engine does for the upper layer; `base` empty: upon `system`."""
        install = _INSTALL.format(packages=" ".join(self.packages)) if base else ""
        return f'FROM {base or self.system}\n{install}{_MINE}LABEL {_BASE}="{base}"\n'


def _hash(values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def recipe(of: Tree, suite: str | None = None) -> Recipe:
    """Return what the tree wants in its image of a release, this host's by default; asks nobody.

    An unknown release is a UsageError.
    """
    release = releases.load(of, suite or releases.host())
    archs = of.archs()
    needed = [need for name in of.compiler_names for need in needs.needed(archs, of, compiler=name)]
    packages = {package for need in needed for package in need.packages}
    bundles = [bundle for arch in archs for bundle in foreign.bundles(arch, release.name)]
    pinned = [(str(bundle), foreign.pinned_for(bundle, of)) for bundle in bundles]
    return Recipe(
        packages=tuple(sorted(packages | {"python3"})),
        pins=tuple(f"{name}: {packages}" for name, packages in pinned),
        lock=hashlib.sha256(_lock(of).read_bytes()).hexdigest(),
        release=release,
    )


def _lock(of: Tree) -> Path:
    return of.checkout.requirements


def ensure(
    client: docker.DockerClient,
    of: Tree,
    base: str | None = None,
    *,
    suite: str | None = None,
    again: bool = False,
) -> str:
    """Return the name of the tree's image; make it if the engine does not have it.

    `base`: an image to begin with; one that was made otherwise is made anew.
    `suite`: a release instead of this host's. Raises UsageError: it is not
    known; ToolMissingError: mmdebstrap, network or room is lacking;
    ImageError: what should become the image cannot.
    """
    wanted = recipe(of, suite)
    with cache.locked("image"):
        if again or not has(client, wanted.image, base):
            _make(client, of, wanted, base or "", again=again)
    return wanted.image


def has(client: docker.DockerClient, name: str, base: str | None = None) -> bool:
    """Tell whether the engine has an image, made from `base` if that is given."""
    with engine.speaking(f"image {name}"):
        try:
            found = client.images.get(name)
        except docker.errors.ImageNotFound:
            return False
    return base is None or found.labels.get(_BASE) == base


def _make(client: docker.DockerClient, of: Tree, wanted: Recipe, base: str, *, again: bool) -> None:
    with scratch.folder("image") as folder:
        if not base and (again or not has(client, wanted.system)):
            _make_system(client, wanted, folder)
        site = folder / "site"
        progress.say("fetching the locked Python packages for the image")
        install_wheels(of, wanted.release.python, site)
        home = {"site": site}
        for path in _fetched(of, wanted.release.name):
            home[f"cache/{path.name}"] = path
        progress.say(f"making the image {wanted.image}")
        _build(client, wanted, base, home, folder)


def _fetched(of: Tree, release: str) -> Iterator[Path]:
    """Yield what the cache keeps of all architectures for a release, fetched and ready.

    All of it is read before: what is damaged would live as long as the image.
    """
    archs = of.archs()
    for bundle in (bundle for arch in archs for bundle in foreign.bundles(arch, release)):
        there = foreign.cached(bundle, of)
        if there is not None and kept.changed(there[0], full=True):
            kept.remove(there[0])
    debian.fetch_all(archs, release=release, at=of)
    for arch in archs:
        for kind in places.kinds():
            kind.prepare(arch, release, of)
        for bundle in foreign.bundles(arch, release):
            found = foreign.cached(bundle, of)
            if found is not None:
                yield found[0]
                if bundle.choice.exists():
                    yield bundle.choice


def _make_system(client: docker.DockerClient, wanted: Recipe, folder: Path) -> None:
    if shutil.which("mmdebstrap") is None:
        debian.install(["mmdebstrap"])
    release = wanted.release.name
    progress.say(f"making Debian {release} with {len(wanted.packages)} packages, which takes a minute")
    archive = folder / "system.tar"
    listed = []
    for name, text in sources.of_release(release).items():
        (folder / name).write_text(text)
        listed.append(str(folder / name))
    words = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(wanted.packages)}"]
    words += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    # Where packages came from is no business of the image.
    words += ['--customize-hook=rm -rf "$1"/etc/apt/sources.list*']
    # A killed mmdebstrap leaves its folder; in ours, the next start finds it.
    proc.run(
        [*words, release, str(archive), *listed],
        kind=proc.Kind.FETCHER,
        env={"TMPDIR": str(folder)},
        error=ToolMissingError,
        deadline_s=_DEADLINE_S,
    )
    subject = f"image {wanted.system}"
    with engine.speaking(subject):
        tag = wanted.system.rpartition(":")[2]
        with interrupt.waiting():
            said = client.api.import_image_from_file(str(archive), repository=REPOSITORY, tag=tag)
    check_import(subject, said)
    archive.unlink()


def check_import(subject: str, said: str) -> None:
    """Raise what an engine said at the end of an import, if it was an error."""
    last = json.loads(said.splitlines()[-1])
    if "error" in last:
        raise engine.refusal(subject, last["error"])


def install_wheels(of: Tree, python: str, site: Path) -> None:
    """Put the locked packages for a Python of that version into a folder, each checked against its hash."""
    words = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    words += ["--no-deps", "--require-hashes", "--no-compile"]
    words += ["--target", str(site), "--only-binary=:all:", "--python-version", python, "--implementation", "cp"]
    for name in _PLATFORMS:
        words += ["--platform", f"{name}_{os.uname().machine}"]
    words += ["-r", str(_lock(of))]
    done = proc.run(words, kind=proc.Kind.FETCHER, deadline_s=_DEADLINE_S, tidy=True)
    if other_file(done.stderr):
        # What pip has kept of an earlier time may be damaged.
        done = proc.run([*words, "--no-cache-dir"], kind=proc.Kind.FETCHER, deadline_s=_DEADLINE_S, tidy=True)
    if done.returncode != 0:
        other = other_file(done.stderr)
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["(no output)"]
        message = f"the locked Python packages: {other or last[0]}; to repeat: {proc.line(words)}"
        raise UntrustedError(message) if other else ToolMissingError(message)


def other_file(said: bytes) -> str:
    """Return which file pip refused, being another than the lock names; empty: none. noxw has the same."""
    found = _OTHER.search(said.decode(errors="replace"))
    if found is None:
        return ""
    name, expected = found[1].rpartition("/")[2], re.findall(r"\w+$", found[2], re.MULTILINE)
    others = f" or one of {len(expected) - 1} others" if expected[1:] else ""
    return f"{name}: its SHA-256 is {found[3]}, expected is {expected[0]}{others}; it is not used"


def _build(client: docker.DockerClient, wanted: Recipe, base: str, home: Mapping[str, Path], folder: Path) -> None:
    context = folder / "context.tar"
    with tarfile.open(context, "w") as archive:
        text = wanted.dockerfile(base).encode()
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
        for name, path in home.items():
            archive.add(path, f"home/{name}", filter=_readable)
    subject = f"image {wanted.image}"
    with engine.speaking(subject), context.open("rb") as stream, interrupt.waiting():
        lines = client.api.build(
            fileobj=stream, custom_context=True, tag=wanted.image, rm=True, forcerm=True, decode=True
        )
        last = ""
        for line in _said(lines):
            if "error" in line:
                # What a failing program wrote says more than that it failed.
                raise engine.refusal(subject, " ".join(f"{last} {line['error']}".split()))
            last = line.get("stream", "").strip() or last


def _said(lines: Iterator[Mapping[str, str]]) -> Iterator[Mapping[str, str]]:
    with contextlib.closing(lines):  # type: ignore[type-var]
        yield from lines


def _readable(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Let every user read it, whoever made the image."""
    if entry.name.endswith("/__pycache__"):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode |= 0o555 if entry.isdir() or entry.mode & 0o100 else 0o444
    return entry


def remove(client: docker.DockerClient, *, keep: str = "") -> tuple[str, ...]:
    """Remove images of ours but `keep` and its lower layer; return the names of those that went."""
    gone = []
    with engine.speaking(f"images {REPOSITORY}"):
        for image in client.images.list(REPOSITORY):
            for name in image.tags:
                if name != keep:
                    with contextlib.suppress(docker.errors.APIError):
                        client.images.remove(name)
                        gone.append(name)
    return tuple(gone)
