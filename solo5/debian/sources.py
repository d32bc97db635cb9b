# SPDX-License-Identifier: ISC
"""Where apt gets packages: this host's sources, and the same archives for another release.

Both forms that apt reads are kept as they are written, options included
(sources.list(5)); only the names of releases change. Addresses stand on the
host alone, or in the variable: none is written in the tree.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from solo5 import proc
from solo5.debian import releases
from solo5.errors import ToolMissingError, UsageError

#: Names a Debian archive for hosts whose apt has no source.
VARIABLE: Final = "SOLO5_DEBIAN_MIRROR"
_KEYS: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_QUERY_DEADLINE_S: Final = 60.0
#: What apt takes for an address, as one word of a line.
_ADDRESS: Final = re.compile(r'[a-z][a-z0-9+.-]*:/[^\s"#]+')
#: Type, options, address, suite, components.
_LINE: Final = re.compile(r"(deb\s+(?:\[[^\]]*\]\s+)?\S+\s+)(\S+)(.*)")


def own() -> Mapping[str, str]:
    """Return the files that hold this host's sources, by name; files without any are left out."""
    found = {}
    for name, path in _files():
        text = path.read_text(errors="replace")
        if any(_suites(name, text)):
            found[name] = text
    return found


def of_release(release: str) -> Mapping[str, str]:
    """Return files that hold the sources of a release, by name, for a folder that apt reads.

    They are this host's, or the same archives' if it is not the host's
    release, if any of them is of the host's release by name. Else they are the
    archive that VARIABLE names; without that, a host's own are believed to have
    its release under another name. Raises ToolMissingError if there is none of
    these, and UsageError if VARIABLE is no address.
    """
    ours, mirror = own(), _mirror()
    mapped = {name: moved(name, text, releases.host(), release) for name, text in ours.items()}
    known = {name: text for name, text in mapped.items() if text}
    if release == releases.host() and ours and (known or not mirror):
        return ours
    if known:
        return known
    if not mirror:
        message = f"Debian {release}: apt on this host has no source of it; name an archive: {VARIABLE}=ADDRESS"
        raise ToolMissingError(message)
    keys = f"[signed-by={_KEYS}] " if _KEYS.exists() else ""
    return {"solo5.list": f"deb {keys}{mirror} {release} main\n"}


def _mirror() -> str:
    """Return the archive that VARIABLE names; empty: none."""
    mirror = os.environ.get(VARIABLE, "")
    if mirror and not _ADDRESS.fullmatch(mirror):
        message = f"{VARIABLE}={mirror!r}: expected the address of a Debian archive, as in http://HOST/debian"
        raise UsageError(message)
    return mirror


def moved(name: str, text: str, before: str, after: str) -> str:
    """Return a file of sources for another release: of those of `before`; empty if there are none."""
    parts = _paragraphs(text) if name.endswith(".sources") else text.splitlines()
    move = _moved_paragraph if name.endswith(".sources") else _moved_line
    kept = filter(None, (move(each, before, after) for each in parts))
    return "".join(f"{each}\n" for each in kept)


def is_of(suite: str, release: str) -> bool:
    """Tell whether a suite is a release, or a part of one that is kept apart, as its updates."""
    return suite == release or suite.startswith(f"{release}-")


def _files() -> Iterator[tuple[str, Path]]:
    """Yield what apt reads: one list of whatever name, and those files of a folder whose name ends right."""
    words = ["apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS", "Dir::Etc::sourceparts/d"]
    shown = proc.run(words, kind=proc.Kind.FETCHER, deadline_s=_QUERY_DEADLINE_S).stdout.decode()
    places = dict(word.partition("=")[::2] for word in shlex.split(shown))
    if (first := Path(places["LIST"])).is_file():
        yield "sources.list", first
    for path in sorted(Path(places["PARTS"]).glob("*.*")):
        if path.suffix in {".list", ".sources"}:
            yield path.name, path


def _suites(name: str, text: str) -> Iterator[str]:
    if name.endswith(".sources"):
        for paragraph in _paragraphs(text):
            yield from _fields(paragraph).get("suites", "").split()
    else:
        for line in text.splitlines():
            if found := _LINE.match(line.strip()):
                yield found[2]


def _moved_line(line: str, before: str, after: str) -> str:
    found = _LINE.match(line.strip())
    if found is None or not is_of(found[2], before):
        return ""
    return found[1] + after + found[2].removeprefix(before) + found[3]


def _paragraphs(text: str) -> Iterator[str]:
    """Yield what deb822(5) calls stanzas, those that are enabled and of binary packages."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for paragraph in re.split(r"\n\s*\n", lines):
        fields = _fields(paragraph)
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").strip() != "no":
            yield paragraph.strip("\n")


def _fields(paragraph: str) -> Mapping[str, str]:
    """Return a stanza's fields; their names are in small letters, since case does not matter."""
    found = re.findall(r"^([^\s:]+):((?:.*)(?:\n[ \t].*)*)", paragraph, re.MULTILINE)
    return {name.lower(): value for name, value in found}


def _moved_paragraph(paragraph: str, before: str, after: str) -> str:
    suites = [each for each in _fields(paragraph).get("suites", "").split() if is_of(each, before)]
    if not suites:
        return ""
    text = " ".join(after + each.removeprefix(before) for each in suites)
    replaced = re.sub(r"^suites:.*(\n[ \t].*)*", f"Suites: {text}", paragraph, flags=re.MULTILINE | re.IGNORECASE)
    return replaced + "\n"
