# SPDX-License-Identifier: ISC
"""solo5.debian.foreign: packages come from a source, are kept, and are taken from there.

The source is a folder with tiny real packages; apt and dpkg-deb are the real
ones, told by APT_CONFIG to know no other source.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import damage
import pytest
from loopback import serving

from solo5 import kept, proc
from solo5.debian import foreign, pins, releases, sources
from solo5.debian.apt import Package
from solo5.errors import Solo5Error, ToolMissingError, UsageError
from solo5.facts import Arch, Debian, OtherKernel, Tree, tree
from solo5.kept import SEAL
from solo5.ours import TAG

#: None of the tests' hosts; dpkg-deb and apt take any that Debian has.
ARCH = "s390x"
META = "linux-image-test"
IMAGE = "linux-image-1.0-test"


@dataclass
class Source:
    """A folder that apt takes packages from."""

    folder: Path
    pool: str = "pool/main"
    offered: dict[str, str] = field(default_factory=dict)
    """By file name: its paragraph in the index."""

    def add(self, package: str, version: str, *paths: str, depends: str = "") -> Package:
        """Make a package that holds these paths, and offer it."""
        content = self.folder / "content"
        for path in ("DEBIAN/control", *paths):
            (content / path).parent.mkdir(parents=True, exist_ok=True)
            (content / path).write_text(f"{path} of {package} {version}\n")
        control = (
            f"Package: {package}\nVersion: {version}\nArchitecture: {ARCH}\n"
            f"Maintainer: Nobody <nobody@localhost>\nDescription: test\n"
        )
        control += f"Depends: {depends}\n" if depends else ""
        (content / "DEBIAN/control").write_text(control)
        path = f"{self.pool}/{package}_{version}_{ARCH}.deb"
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        proc.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", content, file], error=Solo5Error)
        proc.run(["rm", "-r", content], error=Solo5Error)
        made = file.read_bytes()
        sha256 = hashlib.sha256(made).hexdigest()
        self.offered[file.name] = f"{control}Filename: {path}\nSize: {len(made)}\nSHA256: {sha256}\n"
        self.publish()
        return Package(package, version, path, len(made), sha256)

    def withdraw(self, package: Package) -> None:
        """Offer a package no more."""
        file = self.folder / package.path
        del self.offered[file.name]
        file.unlink()
        self.publish()

    def publish(self) -> None:
        """Write the index."""
        (self.folder / "Packages").write_text("\n".join(self.offered.values()))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Return the one source that apt knows in this test; the cache is empty."""
    folder = tmp_path / "source"
    folder.mkdir()
    made = Source(folder)
    made.publish()
    configuration = tmp_path / "apt.conf"
    configuration.write_text(f'Dir::Etc::sourcelist "{tmp_path}/sources.list";\nDir::Etc::sourceparts "-";\n')
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] copy:{folder} ./\n")
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    monkeypatch.setenv("SOLO5_CACHE", str(tmp_path / "cache"))
    return made


@pytest.fixture
def arch() -> Arch:
    """Return an architecture whose packages the source has."""
    any_arch = tree().archs()[0]
    return dataclasses.replace(any_arch, name="test", debian=Debian(ARCH, META))


@pytest.fixture
def at(tmp_path: Path) -> Tree:
    """Return a tree without pins."""
    (tmp_path / "tree" / "pins" / releases.host()).mkdir(parents=True)
    return Tree(tmp_path / "tree")


def pin(at: Tree, **packages: Package) -> None:
    """Write pins for this host's release: by request, with _ for -."""
    table = {name.replace("_", "-"): package for name, package in packages.items()}
    pins.path(at, releases.host(), "test").write_text(pins.text(releases.host(), "test", table))


def warnings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines that people were warned with."""
    return [line for line in capsys.readouterr().err.splitlines() if "warning" in line]


def add_kernel(source: Source, version: str) -> Package:
    """Offer a kernel and the meta package that stands for it."""
    source.add(META, version, depends=IMAGE)
    return source.add(IMAGE, version, "boot/vmlinuz-1.0-test", "lib/modules/1.0-test/kernel/tun.ko")


def names(folder: Path) -> list[str]:
    """Return what lies in a folder of the cache, without what is apt's, the locks, and the mark that it is ours."""
    return sorted(path.name for path in folder.iterdir() if path.name not in {"apt", TAG} and path.suffix != ".lock")


def test_kernel(source: Source, arch: Arch, at: Tree) -> None:
    """A kernel is the image and modules of what the meta package depends on, with its record."""
    package = add_kernel(source, "1.0-1")
    kernel = foreign.kernel(arch, at=at)
    assert (IMAGE, "1.0-1", package.sha256) == (kernel.package, kernel.version, kernel.sha256)
    assert f"boot/vmlinuz-1.0-test of {IMAGE} 1.0-1\n" == kernel.image.read_text()
    assert ["kernel"] == [path.name for path in kernel.modules.iterdir()]


def test_sysroot(source: Source, arch: Arch, at: Tree) -> None:
    """A sysroot is one folder with the C library and the kernel's headers, and nothing else."""
    source.add("musl-dev", "1:1.2-1", "usr/lib/libc.a")
    source.add("linux-libc-dev", "6.1", "usr/include/linux/types.h")
    folder = foreign.sysroot(arch, at=at)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != SEAL)
    assert ["usr/include/linux/types.h", "usr/lib/libc.a"] == files
    assert f"musl-dev_1%3a1.2-1_{ARCH}+linux-libc-dev_6.1_{ARCH}" == folder.name


def test_warm(source: Source, arch: Arch, at: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in the cache is returned without any program or source."""
    package = add_kernel(source, "1.0-1")
    first = foreign.kernel(arch, at=at)
    source.withdraw(package)
    monkeypatch.setenv("PATH", "")
    assert first == foreign.kernel(arch, at=at)


def test_pinned(source: Source, arch: Arch, at: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """The pinned package is taken although a newer one is offered, and nothing is to be warned of."""
    pinned = add_kernel(source, "1.0-1")
    add_kernel(source, "1.0-2")
    pin(at, linux_image_test=pinned)
    assert "1.0-1" == foreign.kernel(arch, at=at).version
    assert [] == warnings(capsys)


def test_broken_index(source: Source, arch: Arch, at: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """A pinned package comes from where it lies, also while its index is not there or is not what it should be."""
    pin(at, linux_image_test=add_kernel(source, "1.0-1"))
    (source.folder / "Packages").unlink()
    assert "1.0-1" == foreign.kernel(arch, at=at).version
    assert [] == warnings(capsys)


def test_other_pool(source: Source, arch: Arch, at: Tree) -> None:
    """A package that was pinned in the security archive is found where a point release moved it."""
    pinned = add_kernel(source, "1.0-1")
    pin(at, linux_image_test=dataclasses.replace(pinned, path=pinned.path.replace("pool/", "pool/updates/")))
    (source.folder / "Packages").unlink()
    assert "1.0-1" == foreign.kernel(arch, at=at).version


def test_other_source(source: Source, arch: Arch, at: Tree, tmp_path: Path) -> None:
    """A pinned package that the first source lacks comes from the next one, as from the security archive."""
    pin(at, linux_image_test=add_kernel(source, "1.0-1"))
    (source.folder / "Packages").unlink()
    (tmp_path / "sources.list").write_text(
        f"deb [trusted=yes] copy:{tmp_path}/first ./\ndeb [trusted=yes] copy:{source.folder} ./\n"
    )
    assert "1.0-1" == foreign.kernel(arch, at=at).version


@pytest.mark.usefixtures("source")
def test_silent_source(arch: Arch, at: Tree, tmp_path: Path) -> None:
    """A source that does not answer is no reason to take another package than the pinned one: that is an error."""
    pin(at, linux_image_test=Package(IMAGE, "1.0-1", "pool/main/x.deb", 7, "ab" * 32))
    (tmp_path / "sources.list").write_text("deb [trusted=yes] http://127.0.0.1:1 moon main\n")
    with pytest.raises(ToolMissingError, match=rf"{IMAGE} 1\.0-1 of {ARCH}: not in the cache and not to be had: .*:1"):
        foreign.kernel(arch, at=at)


def test_mirror(source: Source, arch: Arch, at: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where apt has no source, packages come from the archive that is named; without a name, one line asks for it."""
    pin(at, linux_image_test=add_kernel(source, "1.0-1"))
    (tmp_path / "sources.list").write_text("# none\n")
    with pytest.raises(ToolMissingError, match=f"apt on this host has no source of it; .*: {sources.VARIABLE}="):
        foreign.kernel(arch, at=at)
    monkeypatch.setenv(sources.VARIABLE, f"copy:{source.folder}")
    assert "1.0-1" == foreign.kernel(arch, at=at).version


def test_other_release(
    source: Source, arch: Arch, at: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An architecture that names a release gets that one's packages, from the archives of the host's sources."""
    package = add_kernel(source, "1.0-1")
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] copy:{source.folder} {releases.host()} main\n")
    newer = dataclasses.replace(arch, debian=dataclasses.replace(arch.debian, release="moon"))
    file = pins.path(at, "moon", "test")
    file.parent.mkdir()
    file.write_text(pins.text("moon", "test", {META: package}))
    assert "1.0-1" == foreign.kernel(newer, at=at).version
    assert [] == warnings(capsys)
    written = tmp_path / "cache" / "apt" / "moon" / ARCH / "sources.list.d" / "sources.list"
    assert f"deb [trusted=yes] copy:{source.folder} moon main\n" == written.read_text()


def test_other_kernel(source: Source, arch: Arch, at: Tree, tmp_path: Path) -> None:
    """Another kernel of an architecture comes from its own release; all else stays what it is."""
    package = add_kernel(source, "1.0-1")
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] copy:{source.folder} {releases.host()} main\n")
    other = OtherKernel(META, "moon", ("-cpu", "max"))
    several = dataclasses.replace(arch, debian=dataclasses.replace(arch.debian, kernel="none"), kernels={"new": other})
    file = pins.path(at, "moon", "test")
    file.parent.mkdir()
    file.write_text(pins.text("moon", "test", {META: package}))
    assert "1.0-1" == foreign.kernel(several.on_kernel("new"), at=at).version
    assert (*arch.vm.args, "-cpu", "max") == several.on_kernel("new").vm.args
    assert several.on_kernel("new").vm.restores is None
    assert META in foreign.requests(several, "moon")
    assert META not in foreign.requests(several, releases.host())
    assert "none" in foreign.requests(several, releases.host())
    with pytest.raises(UsageError, match=r"^kernel 'old': test has none of that name; known: new$"):
        several.on_kernel("old")


def test_newer(source: Source, arch: Arch, at: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """If no source has the pinned package, the newest comes instead, with one line that says so, once."""
    pinned = add_kernel(source, "1.0-1")
    pin(at, linux_image_test=pinned)
    add_kernel(source, "1.0-2")
    source.withdraw(pinned)
    expected = (
        f"solo5: warning: kernel of test: {IMAGE} 1.0-2 instead of the pinned {IMAGE} 1.0-1, "
        "which no source has; to pin: python -m solo5.debian pin"
    )
    assert "1.0-2" == foreign.kernel(arch, at=at).version
    assert [expected] == warnings(capsys)
    assert "1.0-2" == foreign.kernel(arch, at=at).version
    assert "" == capsys.readouterr().err


def test_pins_change(source: Source, arch: Arch, at: Tree) -> None:
    """A choice made without pins does not outlive their coming."""
    old = add_kernel(source, "1.0-1")
    add_kernel(source, "1.0-2")
    assert "1.0-2" == foreign.kernel(arch, at=at).version
    pin(at, linux_image_test=old)
    assert "1.0-1" == foreign.kernel(arch, at=at).version


def test_pin_is_news(source: Source, arch: Arch, at: Tree) -> None:
    """A pin that the lists do not know yet is what is taken."""
    add_kernel(source, "1.0-1")
    foreign.kernel(arch, at=at)
    pin(at, linux_image_test=add_kernel(source, "1.0-2"))
    assert "1.0-2" == foreign.kernel(arch, at=at).version


def test_other_content(source: Source, arch: Arch, at: Tree, tmp_path: Path) -> None:
    """A file of the pinned version with another hash is refused, with both hashes, and not kept."""
    offered = add_kernel(source, "1.0-1")
    pin(at, linux_image_test=dataclasses.replace(offered, sha256="ab" * 32))
    with pytest.raises(Solo5Error, match=f"SHA-256 {offered.sha256}, pinned is {'ab' * 32}"):
        foreign.kernel(arch, at=at)
    assert [] == names(tmp_path / "cache")


def test_damaged(source: Source, arch: Arch, at: Tree, tmp_path: Path) -> None:
    """A file that differs from the source's index is refused, and leaves nothing behind."""
    package = add_kernel(source, "1.0-1")
    file = source.folder / package.path
    damaged = bytearray(file.read_bytes())
    damaged[-1] ^= 1
    file.write_bytes(damaged)
    expected = f"{IMAGE} 1.0-1 of {ARCH}: not in the cache and not to be had"
    got = hashlib.sha256(damaged).hexdigest()
    both = f"{file.name} +Hash Sum mismatch: its SHA-256 is {got}, expected is {package.sha256}; it is not used"
    with pytest.raises(ToolMissingError, match=f"{expected}: .*{both}"):
        foreign.kernel(arch, at=at)
    assert [] == names(tmp_path / "cache")


def test_broken_source(
    source: Source, arch: Arch, at: Tree, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that fails costs one line of warning; what the others have still comes."""
    add_kernel(source, "1.0-1")
    with (tmp_path / "sources.list").open("a") as sources:
        sources.write(f"deb [trusted=yes] copy:{tmp_path}/gone stable main\n")
    assert "1.0-1" == foreign.kernel(arch, at=at).version
    lines = [line for line in capsys.readouterr().err.splitlines() if "not pinned" not in line]
    assert 2 == len(lines)
    assert lines[0].startswith(
        f"solo5: warning: package lists of {ARCH} are not whole, using what came: Failed to fetch"
    )
    assert lines[1].startswith("solo5: fetching the kernel of test")


@pytest.mark.usefixtures("source")
def test_nowhere(arch: Arch, at: Tree) -> None:
    """What no source has is an error of one line that names package, architecture and next step."""
    with pytest.raises(ToolMissingError) as caught:
        foreign.kernel(arch, at=at)
    text = str(caught.value)
    assert text.startswith(f"{META} of {ARCH}: not in the cache and not to be had: no source of this host")
    assert text.endswith("apt.conf update")
    assert 1 == len(text.splitlines())


@pytest.mark.usefixtures("source")
def test_no_network(arch: Arch, at: Tree, tmp_path: Path) -> None:
    """If the sources cannot be reached, the error says why, as apt does."""
    (tmp_path / "sources.list").write_text(f"deb [trusted=yes] copy:{tmp_path}/gone stable main\n")
    with pytest.raises(ToolMissingError, match=r"not to be had: Failed to fetch .*gone.*; it needs network"):
        foreign.kernel(arch, at=at)


@pytest.mark.parametrize("place", ["/dev/full/cache", "/proc/cache"])
def test_no_room(arch: Arch, at: Tree, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be is one line that names it and the variable that moves it."""
    monkeypatch.setenv("SOLO5_CACHE", place)
    with pytest.raises(ToolMissingError, match=f"^{place}: cannot keep .*; set SOLO5_CACHE to a folder$"):
        foreign.kernel(arch, at=at)


def test_unfinished(source: Source, arch: Arch, at: Tree, tmp_path: Path) -> None:
    """What an interrupted fetch left is neither used nor kept."""
    add_kernel(source, "1.0-1")
    left = tmp_path / "cache" / f".unfinished-{ARCH}-x" / "boot"
    left.mkdir(parents=True)
    kernel = foreign.kernel(arch, at=at)
    expected = [f"kernel-{releases.host()}-{ARCH}.json", f"{IMAGE}_1.0-1_{ARCH}"]
    assert sorted(expected) == names(tmp_path / "cache")
    assert kernel.image.is_file()


def test_two_at_once(source: Source, tmp_path: Path) -> None:
    """Two processes that want the same get the same folder, and one of them fetches."""
    add_kernel(source, "1.0-1")
    script = tmp_path / "script.py"
    script.write_text(
        "import dataclasses\n"
        "from solo5.debian import foreign\n"
        "from solo5.facts import Debian, Tree, tree\n"
        f"arch = dataclasses.replace(tree().archs()[0], name='test', debian=Debian({ARCH!r}, {META!r}))\n"
        f"print(foreign.kernel(arch, at=Tree(foreign.Path({str(tmp_path)!r}))).image)\n"
    )
    words = [sys.executable, str(script)]
    env = {"PYTHONPATH": str(tree().root)}
    running = [
        proc.spawn(words, kind=proc.Kind.OURS, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [each.communicate() for each in running]
    image = tmp_path / "cache" / f"{IMAGE}_1.0-1_{ARCH}" / "boot" / "vmlinuz-1.0-test"
    assert [f"{image}\n".encode()] * 2 == [out for out, _ in said]
    fetched = [line for _, err in said for line in err.decode().splitlines() if "fetching the kernel" in line]
    assert 1 == len(fetched)


def test_pins_written(at: Tree) -> None:
    """What is written as pins is read as the same pins; an architecture without has none."""
    table = {"musl-dev": Package("musl-dev", "1:1.2.3-1+b~1", "pool/main/m/musl-dev.deb", 7, "cd" * 32)}
    pins.path(at, releases.host(), "x").write_text(pins.text(releases.host(), "x", table))
    assert table == pins.load(at, releases.host(), "x")
    assert {} == pins.load(at, releases.host(), "y")
    assert {} == pins.load(at, "moon", "x")


def test_pins_damaged(at: Tree) -> None:
    """A damaged file of pins is named, with the command that writes it anew."""
    pins.path(at, releases.host(), "x").write_text('[packages.musl-dev]\npackage = "musl-dev"\n')
    with pytest.raises(UsageError, match=r"x\.toml: .*version.*; write it anew: python -m"):
        pins.load(at, releases.host(), "x")


def test_project_pins() -> None:
    """The tree pins every package of every architecture it has, in every release that the architecture is in."""
    for release in releases.names(tree()):
        for each in tree().archs():
            of = releases.of_arch(each, release)
            assert set(foreign.requests(each, of)) == set(pins.load(tree(), of, each.name))


def test_releases() -> None:
    """Releases are what there are pins of; an unknown one is refused with the known ones."""
    assert {"bookworm", "trixie"} <= set(releases.names(tree()))
    assert "3.13" == releases.load(tree(), "trixie").python
    with pytest.raises(UsageError, match=r"release 'buzz': not known; known: bookworm, .*trixie"):
        releases.load(tree(), "buzz")


@pytest.mark.parametrize(
    "harm",
    [
        *itertools.product(("lib/modules/1.0-test/kernel/tun.ko", "boot/vmlinuz-1.0-test", SEAL), damage.OF_A_FILE),
        ("", "half gone"),
        ("", "a file"),
    ],
)
def test_what_is_damaged_comes_again(
    source: Source, arch: Arch, at: Tree, harm: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kept kernel that has changed since, in part or as a whole, is fetched again, by every way to ask for it."""
    monkeypatch.setattr(kept, "AGAIN_S", 0.0)
    name, how = harm
    add_kernel(source, "1.0-1")
    image = foreign.kernel(arch, at=at).image
    folder, content = image.parents[1], image.read_bytes()
    if how == "half gone":
        damage.half_gone(folder)
    elif how == "a file":
        damage.replaced_by_a_file(folder)
    else:
        damage.OF_A_FILE[how](folder / name)
    assert foreign.cached(foreign.bundles(arch)[1], at) is None
    assert content == foreign.kernel(arch, at=at).image.read_bytes()
    assert () == kept.changed(folder, full=True)


@pytest.mark.parametrize("how", damage.OF_A_FILE)
def test_a_damaged_choice_is_made_again(source: Source, arch: Arch, at: Tree, how: str) -> None:
    """What was chosen instead of the pins is known to be whole, or chosen anew."""
    add_kernel(source, "1.0-1")
    foreign.kernel(arch, at=at)
    choice = foreign.bundles(arch)[1].choice
    damage.OF_A_FILE[how](choice)
    assert "1.0-1" == foreign.kernel(arch, at=at).version
    assert kept.read_values(choice) is not None


@pytest.mark.parametrize("how", damage.OF_A_FILE)
def test_damaged_lists_are_fetched_again(source: Source, arch: Arch, at: Tree, how: str, tmp_path: Path) -> None:
    """A package list that has changed since it came is not believed, however young it is."""
    add_kernel(source, "1.0-1")
    foreign.kernel(arch, at=at)
    (lists,) = (tmp_path / "cache" / "apt").glob("*/*/state/lists")
    (index,) = lists.glob("*Packages*")
    damage.OF_A_FILE[how](index)
    source.add("musl-dev", "1.2-1", "usr/lib/libc.a")
    source.add("linux-libc-dev", "6.1", "usr/include/linux/types.h")
    assert foreign.sysroot(arch, at=at).is_dir()


@pytest.mark.parametrize("what", ["index", "package"])
def test_another_file_from_a_server(source: Source, arch: Arch, at: Tree, tmp_path: Path, what: str) -> None:
    """An index or a package of other bytes is refused in a line with its name and both hashes; nothing is kept."""
    package = add_kernel(source, "1.0-1")
    files = {f"/{path.relative_to(source.folder)}": path.read_bytes() for path in source.folder.rglob("*.deb")}
    index = (source.folder / "Packages").read_bytes()
    sha256 = hashlib.sha256(index).hexdigest()
    release = f"Suite: x\nDate: Wed, 01 Jan 2025 00:00:00 UTC\nSHA256:\n {sha256} {len(index)} Packages\n"
    files |= {"/Release": release.encode(), "/Packages": index}
    name = "/Packages" if what == "index" else f"/{package.path}"
    expected = hashlib.sha256(files[name]).hexdigest()
    other = files[name].replace(b"test", b"Test")
    files[name] = other
    with serving({path: ("text/plain", content) for path, content in files.items()}) as address:
        (tmp_path / "sources.list").write_text(f"deb [trusted=yes] {address} ./\n")
        with pytest.raises(ToolMissingError) as caught:
            foreign.kernel(arch, at=at)
    said = f"its SHA-256 is {hashlib.sha256(other).hexdigest()}, expected is {expected}; it is not used"
    assert f"{Path(name).name} Hash Sum mismatch: {said}" in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())
    kept_files = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert [] == [path for path in kept_files if path.read_bytes() == other]
    assert [] == names(tmp_path / "cache")
