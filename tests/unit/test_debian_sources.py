# SPDX-License-Identifier: ISC
"""solo5.debian.sources: the archives of this host's sources, for another release."""

from __future__ import annotations

from pathlib import Path

import pytest

from solo5.debian import releases, sources
from solo5.debian.apt import Apt
from solo5.errors import ToolMissingError, UsageError

LIST = """\
# deb http://example.invalid/debian bookworm main
deb http://example.invalid/debian bookworm main contrib
deb-src http://example.invalid/debian bookworm main
deb [signed-by=/a.gpg trusted=yes] http://example.invalid/security bookworm-security main
deb http://example.invalid/other nodistro main
deb http://example.invalid/flat ./
"""

MOVED_LIST = """\
deb http://example.invalid/debian trixie main contrib
deb [signed-by=/a.gpg trusted=yes] http://example.invalid/security trixie-security main
"""

SOURCES = """\
Types: deb deb-src
# A comment
URIs: http://example.invalid/debian
Suites: bookworm bookworm-updates nodistro
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://example.invalid/off
Suites: bookworm
Components: main

types: deb
uris: http://example.invalid/security
suites:
 bookworm-security
components: main

Types: deb
URIs: http://example.invalid/other
Suites: ./
"""

MOVED_SOURCES = """\
Types: deb deb-src
URIs: http://example.invalid/debian
Suites: trixie trixie-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

types: deb
uris: http://example.invalid/security
Suites: trixie-security
components: main

"""


@pytest.mark.parametrize(
    ("name", "text", "expected"), [("a.list", LIST, MOVED_LIST), ("a.sources", SOURCES, MOVED_SOURCES)]
)
def test_moved(name: str, text: str, expected: str) -> None:
    """In both forms, what is of the release becomes the other one's, options stay, and all else is left out."""
    assert expected == sources.moved(name, text, "bookworm", "trixie")
    assert "" == sources.moved(name, text, "buster", "trixie")


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder where apt looks for its sources; it is empty."""
    (tmp_path / "parts").mkdir()
    configuration = tmp_path / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::sourcelist "{tmp_path}/sources.list";\nDir::Etc::sourceparts "{tmp_path}/parts";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    monkeypatch.setattr(releases, "host", lambda: "bookworm")
    return tmp_path


def test_own(etc: Path) -> None:
    """All files that apt reads are taken, if they hold a source; for the host's release they stay as they are."""
    (etc / "sources.list").write_text("# nothing\n")
    (etc / "parts" / "a.list").write_text(LIST)
    (etc / "parts" / "b.sources").write_text(SOURCES)
    (etc / "parts" / "c.sources.disabled").write_text(SOURCES)
    (etc / "parts" / "d.list").write_text("deb http://example.invalid/other nodistro main\n")
    expected = {"a.list": LIST, "b.sources": SOURCES, "d.list": "deb http://example.invalid/other nodistro main\n"}
    assert expected == sources.own()
    assert expected == sources.of_release("bookworm")
    assert {"a.list": MOVED_LIST, "b.sources": MOVED_SOURCES} == sources.of_release("trixie")


def test_mirror(etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a release that no source is of, the variable names an archive; without it, one line says so."""
    (etc / "sources.list").write_text("deb http://example.invalid/other nodistro main\n")
    monkeypatch.delenv(sources.VARIABLE, raising=False)
    with pytest.raises(ToolMissingError) as caught:
        sources.of_release("trixie")
    expected = "Debian trixie: apt on this host has no source of it; name an archive: SOLO5_DEBIAN_MIRROR=ADDRESS"
    assert expected == str(caught.value)
    monkeypatch.setenv(sources.VARIABLE, "http://example.invalid/mirror")
    (text,) = sources.of_release("trixie").values()
    assert text.endswith(" http://example.invalid/mirror trixie main\n")


def test_a_source_of_something_else_is_not_debians(etc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only a third party's archive is known, the variable names Debian's, also for this host's own release."""
    monkeypatch.setenv(sources.VARIABLE, "http://example.invalid/mirror")
    (etc / "sources.list").write_text("deb http://example.invalid/other nodistro main\n")
    (text,) = sources.of_release("bookworm").values()
    assert text.endswith(" http://example.invalid/mirror bookworm main\n")
    Apt("s390x", "bookworm", etc / "private")
    assert f'Dir::Etc::sourceparts "{etc}/private/sources.list.d";' in (etc / "private" / "apt.conf").read_text()
    (etc / "sources.list").write_text(LIST)
    assert {"sources.list": LIST} == sources.of_release("bookworm")


@pytest.mark.parametrize(
    "value", ["nonsense", "http://a b", "http://a\nb", "=http://a", 'http://"a', "http://a#b", "http:"]
)
def test_a_variable_that_is_no_address_is_refused(etc: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """Whatever apt would make of it, the line names the variable."""
    assert [] == list((etc / "parts").iterdir())
    monkeypatch.setenv(sources.VARIABLE, value)
    with pytest.raises(UsageError) as caught:
        sources.of_release("bookworm")
    expected = f"SOLO5_DEBIAN_MIRROR={value!r}: expected the address of a Debian archive, as in http://HOST/debian"
    assert expected == str(caught.value)
