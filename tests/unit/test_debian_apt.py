# SPDX-License-Identifier: ISC
"""solo5.debian.apt: what is read from apt's output, captured on Debian 12."""

from __future__ import annotations

from pathlib import Path

import pytest

from solo5 import proc
from solo5.debian import apt
from solo5.debian.apt import Package

DEPENDS_OF_META = """\
linux-image-cloud-arm64
  Depends: linux-image-6.1.0-56-cloud-arm64
"""

DEPENDS_OF_IMAGE = """\
linux-image-6.1.0-56-cloud-arm64
 |Depends: kmod
  Depends: linux-base
 |Depends: initramfs-tools
  Recommends: firmware-linux-free
  Breaks: fwupdate
    fwupdate:arm64
"""

SHOW = """\
Package: musl-dev
Source: musl
Version: 1.2.3-1
Installed-Size: 3255
Architecture: ppc64el
Replaces: musl-tools (<< 1.2.2-2)
Depends: musl (= 1.2.3-1), gcc-powerpc64le-linux-gnu
Description: standard C library development files
 Version: of a paragraph's continuation, not a field
Filename: pool/main/m/musl/musl-dev_1.2.3-1_ppc64el.deb
Size: 582012
SHA256: 40441262fe16956718aa58e5d06686fef50b3ab7d58d2554f6e519f4bb7b15a6

Package: musl-dev
Version: 1.2.2-1
Filename: pool/main/m/musl/musl-dev_1.2.2-1_ppc64el.deb
Size: 7
SHA256: 0000000000000000000000000000000000000000000000000000000000000000

"""

UPDATE_ERRORS = b"""\
W: Some warning
E: Failed to fetch mirror:/dists/s/Packages.xz  File has unexpected size (1 != 2).
   Hashes of expected file:
    - Filesize:361380 [weak]
E: Some index files failed to download. They have been ignored, or old ones used instead.
"""


OTHER_FILE = b"""\
E: Failed to fetch http://m/x.deb  Hash Sum mismatch
   Hashes of expected file:
    - SHA256:ab
    - Filesize:1 [weak]
   Hashes of received file:
    - Filesize:1 [weak]
    - SHA256:cd
"""


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (DEPENDS_OF_META, "linux-image-cloud-arm64", "linux-image-6.1.0-56-cloud-arm64"),
        (DEPENDS_OF_IMAGE, "linux-image-6.1.0-56-cloud-arm64", "linux-image-6.1.0-56-cloud-arm64"),
        ("", "linux-image-unheard-of", "linux-image-unheard-of"),
    ],
)
def test_image(text: str, name: str, expected: str) -> None:
    """A meta package stands for the image it depends on; an image stands for itself."""
    assert expected == apt.parse_image(text, name)


def test_show() -> None:
    """Each paragraph of `apt-cache show` is one package file with name, version, path, size and hash."""
    expected = [
        Package(
            "musl-dev",
            "1.2.3-1",
            "pool/main/m/musl/musl-dev_1.2.3-1_ppc64el.deb",
            582012,
            "40441262fe16956718aa58e5d06686fef50b3ab7d58d2554f6e519f4bb7b15a6",
        ),
        Package("musl-dev", "1.2.2-1", "pool/main/m/musl/musl-dev_1.2.2-1_ppc64el.deb", 7, "0" * 64),
    ]
    assert expected == list(apt.parse_show(SHOW))


def test_show_nothing() -> None:
    """A package that no source has is no package, whatever apt prints then."""
    assert [] == list(apt.parse_show("N: Unable to locate package x\n"))


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            UPDATE_ERRORS,
            "Failed to fetch mirror:/dists/s/Packages.xz File has unexpected size (1 != 2).",
        ),
        (
            b"W: Failed to fetch mirror:/x  Temporary failure resolving 'mirror'\nW: Some index files failed\n",
            "Failed to fetch mirror:/x Temporary failure resolving 'mirror'",
        ),
        (
            OTHER_FILE,
            "Failed to fetch http://m/x.deb Hash Sum mismatch: its SHA-256 is cd, expected is ab; it is not used",
        ),
        (b"", "apt gave no reason"),
    ],
)
def test_complaint(output: bytes, expected: str) -> None:
    """What apt complains of fits on one line: its first error, else its first warning."""
    assert expected == apt.complaint(output)


def test_configuration(tmp_path: Path) -> None:
    """apt, told our configuration, knows one architecture, a private state, and no hook of the host."""
    (tmp_path / "apt.conf").write_text(apt.configuration("ppc64el", tmp_path))
    dump = proc.run(["apt-config", "-c", tmp_path / "apt.conf", "dump"], kind=proc.Kind.FETCHER).stdout.decode()
    settings = [line.removesuffix(";").partition(" ")[::2] for line in dump.splitlines()]
    places = ("Dir::State", "Dir::Cache")
    elsewhere = [
        (key, value)
        for key, value in settings
        if key.startswith(places) and value.startswith('"/') and not value.startswith(f'"{tmp_path}/')
    ]
    assert [] == elsewhere
    archs = {value for key, value in settings if key in {"APT::Architecture", "APT::Architectures::"}}
    assert {'"ppc64el"'} == archs
    hooks = [(key, value) for key, value in settings if key.startswith("APT::Update::") and key.endswith("::")]
    assert [] == hooks
