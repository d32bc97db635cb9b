# SPDX-License-Identifier: ISC
"""Unpacked packages of any architecture, kept in the cache.

With a warm cache nothing is started and no network is asked. What is damaged
counts as absent. Otherwise the
pinned package files are fetched (solo5.debian.pins) from where they lie, so an
archive whose index is just being changed does not matter. Where no source has
a file any more, the one that its index names now is taken, with a warning. The
choice is kept beside the files and holds until the pins change.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from solo5 import cache, kept, outside, proc, progress
from solo5.debian import pins, releases
from solo5.debian.apt import Apt, Package, demand_tools
from solo5.errors import ToolMissingError
from solo5.facts import Arch, Tree, tree

#: C library and kernel headers that host programs are linked with.
SYSROOT_PACKAGES: Final = ("musl-dev", "linux-libc-dev")
#: What a prompt in a machine consists of.
SHELL_PACKAGE: Final = "busybox-static"
_UNPACK_DEADLINE_S: Final = 300.0


@dataclass(frozen=True)
class Kernel:
    """A stock kernel: what a test machine boots."""

    image: Path
    """vmlinuz or vmlinux."""
    modules: Path
    """lib/modules/<release>."""
    package: str
    version: str
    sha256: str
    """Of the package file."""


@dataclass(frozen=True)
class Bundle:
    """Packages of one architecture that are unpacked into one folder."""

    name: str
    arch: Arch
    release: str
    requests: tuple[str, ...]

    def __str__(self) -> str:
        """Return what people call it."""
        return f"{self.name} of {self.arch.name}"

    def folder(self, packages: Sequence[Package]) -> Path:
        """Return where these packages are, once unpacked."""
        names = (f"{each.package}_{each.version}_{self.arch.debian.arch}" for each in packages)
        return cache.root() / "+".join(names).replace(":", "%3a")

    @property
    def choice(self) -> Path:
        """The file that says what was taken instead of the pins."""
        return cache.root() / f"{self.name}-{self.release}-{self.arch.debian.arch}.json"


def bundles(arch: Arch, release: str | None = None) -> tuple[Bundle, ...]:
    """Return everything that an architecture can ask for; `release`: on a host of that one instead of this."""
    of = releases.of_arch(arch, release)
    return (
        Bundle("sysroot", arch, of, SYSROOT_PACKAGES),
        Bundle("kernel", arch, arch.debian.kernel_release or of, (arch.debian.kernel,)),
        Bundle("shell", arch, of, (SHELL_PACKAGE,)),
    )


def sysroot(arch: Arch, *, at: Tree | None = None) -> Path:
    """Return a folder with usr/include and usr/lib of an architecture.

    Raises ToolMissingError if it is not in the cache and cannot be fetched.
    """
    folder, _ = _obtain(bundles(arch)[0], at or tree())
    return folder


def kernel(arch: Arch, *, release: str | None = None, at: Tree | None = None) -> Kernel:
    """Return the stock kernel of an architecture; `release`: on a host of that one instead of this.

    Raises ToolMissingError if it is not in the cache and cannot be fetched.
    """
    folder, (package,) = _obtain(bundles(arch, release)[1], at or tree())
    image = _only(folder, "boot/vmlinu[xz]-*")
    # Debian 13 has merged /lib into /usr.
    modules = _only(folder, "lib/modules/*", "usr/lib/modules/*")
    return Kernel(image, modules, package.package, package.version, package.sha256)


def shell(arch: Arch, *, at: Tree | None = None) -> Path:
    """Return a static busybox of an architecture.

    Raises ToolMissingError if it is not in the cache and cannot be fetched.
    """
    folder, _ = _obtain(bundles(arch)[2], at or tree())
    # Debian 13 has merged /bin into /usr.
    return _only(folder, "bin/busybox", "usr/bin/busybox")


def cached(bundle: Bundle, at: Tree) -> tuple[Path, tuple[Package, ...]] | None:
    """Return a bundle's folder and packages if it is there, and whole; asks nobody."""
    if cache.known() is None:
        return None
    pinned = pinned_for(bundle, at)
    if pinned is not None and kept.is_whole(folder := bundle.folder(pinned)):
        return folder, pinned
    try:
        choice = kept.read_values(bundle.choice)
        chosen = tuple(Package(**each) for each in choice["chosen"])
        if choice["pinned"] != _plain(pinned):
            return None
    except (TypeError, KeyError):
        return None
    folder = bundle.folder(chosen)
    return (folder, chosen) if kept.is_whole(folder) else None


def hindrance() -> str | None:
    """Return what keeps bundles from being fetched, network aside, in one line; None: nothing. Starts nothing."""
    try:
        demand_tools()
        folder = next(path for path in (cache.root(), *cache.root().parents) if path.exists())
    except ToolMissingError as cause:
        return str(cause)
    if not os.access(folder, os.W_OK | os.X_OK) or os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder}: this user may not write there; set {cache.VARIABLE} to a folder"
    return None


def fetch_all(
    archs: Sequence[Arch], names: Sequence[str] | None = None, *, release: str | None = None, at: Tree | None = None
) -> None:
    """Bring bundles of these names (None: all) into the cache, architectures side by side.

    `release`: those that a host of that one needs, instead of this host.
    """
    of = at or tree()

    def wanted(arch: Arch) -> list[Bundle]:
        every = bundles(arch, release)
        return [each for each in every if (names is None or each.name in names) and cached(each, of) is None]

    def fetch(arch: Arch) -> None:
        for bundle in wanted(arch):
            _obtain(bundle, of)

    # The first error is raised when all are done: what came stays.
    proc.side_by_side([functools.partial(fetch, arch) for arch in archs if wanted(arch)])


def newest(arch: Arch, release: str) -> Iterator[tuple[str, Package]]:
    """Ask the sources for the newest answer to each request of an architecture."""
    with cache.locked(arch.debian.arch):
        apt = _apt(arch.debian.arch, release)
        apt.update()
        for request in requests(arch, release):
            yield request, _newest(apt, request)


def requests(arch: Arch, release: str) -> Iterator[str]:
    """Yield each package of a release that an architecture can ask for, once."""
    known: dict[str, None] = {}
    for each in arch.on_kernels:
        for bundle in bundles(each, release):
            if bundle.release == release:
                known |= dict.fromkeys(bundle.requests)
    yield from known


def python_version(of: Tree, release: str) -> str:
    """Return the version of a release's Python, as wheels name it: major.minor."""
    arch = of.host_arch() or of.archs()[0]
    with cache.locked(arch.debian.arch):
        apt = _apt(arch.debian.arch, release)
        if not apt.is_fresh():
            apt.update()
        return ".".join(_newest(apt, "python3").version.split(".")[:2])


def _obtain(bundle: Bundle, at: Tree) -> tuple[Path, tuple[Package, ...]]:
    """Return a bundle from the cache, after fetching it if need be."""
    found = cached(bundle, at)
    if found is None:
        try:
            with cache.locked(bundle.arch.debian.arch):
                found = cached(bundle, at) or _fetch(bundle, at)
        except OSError as error:
            message = f"{error.filename or cache.root()}: {error.strerror}; the {bundle} needs room in the cache"
            raise ToolMissingError(message) from error
    return found


def _fetch(bundle: Bundle, at: Tree) -> tuple[Path, tuple[Package, ...]]:
    """Fetch and unpack a bundle; the caller holds the architecture's lock."""
    pinned = pinned_for(bundle, at)
    debian_arch = bundle.arch.debian.arch
    apt = _apt(debian_arch, bundle.release)
    # Packages come whole before any is unpacked: what came says what the folder is called.
    with cache.passing(cache.root(), f"packages-{debian_arch}") as landing:
        files = {}
        for number, request in enumerate(bundle.requests):
            package, file = _one(bundle, apt, request, pinned[number] if pinned else None, landing)
            files[package] = file
        chosen = tuple(files)
        folder = bundle.folder(chosen)
        if not kept.is_whole(folder):
            with cache.filling(folder, debian_arch, str(bundle)) as unfinished:
                for file in files.values():
                    _unpack(file, unfinished)
    if chosen != pinned:
        kept.write_values(bundle.choice, {"pinned": _plain(pinned), "chosen": _plain(chosen)})
        _warn(bundle, chosen, pinned)
    return folder, chosen


def _unpack(file: Path, into: Path) -> None:
    words: list[str | Path] = ["dpkg-deb", "--extract", file, into]
    done = proc.run(words, deadline_s=_UNPACK_DEADLINE_S)
    if done.returncode != 0:
        text = done.stderr.decode(errors="replace").strip() or "no message"
        outer = outside.complaint(text)
        step = f"to repeat: {proc.line(words)}" if outer is None else f"make room there{outside.instead(into)}"
        message = f"{into.parent}: {file.name}: not unpacked: {outer or text.splitlines()[-1]}; {step}"
        raise ToolMissingError(message)


def _one(bundle: Bundle, apt: Apt, request: str, pin: Package | None, landing: Path) -> tuple[Package, Path]:
    """Fetch what answers a request: the pinned file, else the one that the index names now."""

    def tell(package: Package) -> None:
        progress.say(f"fetching the {bundle}: {package} ({max(package.size >> 20, 1)} MiB)")

    own = landing / request
    own.mkdir()
    if pin is not None:
        tell(pin)
        file = apt.fetch(pin, own)
        if file is not None:
            return pin, file
    if apt.is_fresh():
        with contextlib.suppress(ToolMissingError):  # the lists may be too old after all
            found = _newest(apt, request)
            tell(found)
            return found, apt.download(found, own)
    apt.update()
    found = _newest(apt, request)
    tell(found)
    return found, apt.download(found, own)


def _newest(apt: Apt, request: str) -> Package:
    found = apt.find(apt.image_of(request))
    if found is None:
        raise apt.unavailable(request)
    return found


def _apt(debian_arch: str, release: str) -> Apt:
    return Apt(debian_arch, release, cache.root() / "apt" / release / debian_arch)


def pinned_for(bundle: Bundle, at: Tree) -> tuple[Package, ...] | None:
    """Return what the pins say of each request of a bundle; None unless they say all."""
    table = pins.load(at, bundle.release, bundle.arch.name)
    if not all(request in table for request in bundle.requests):
        return None
    return tuple(table[request] for request in bundle.requests)


def _plain(packages: Sequence[Package] | None) -> list[dict[str, object]] | None:
    return None if packages is None else [asdict(each) for each in packages]


def _warn(bundle: Bundle, chosen: Sequence[Package], pinned: Sequence[Package] | None) -> None:
    """Say in one line how the choice differs from the pins."""
    if pinned is None:
        says = f"{', '.join(map(str, chosen))}: not pinned"
    else:
        pairs = [(a, b) for a, b in zip(chosen, pinned, strict=True) if a != b]
        says = ", ".join(f"{a} instead of the pinned {b}, which no source has" for a, b in pairs)
    suite = "" if bundle.release == releases.host() else f" --suite {bundle.release}"
    progress.warn(f"{bundle}: {says}; to pin: {pins.COMMAND}{suite}")


def _only(folder: Path, *patterns: str) -> Path:
    """Return the one path that fits; the package is not as expected otherwise."""
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    if len(found) != 1:
        message = f"{folder}: one {patterns[0]} expected, {len(found)} found; remove it to fetch it anew"
        raise ToolMissingError(message)
    return found[0]
