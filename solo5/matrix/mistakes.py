# SPDX-License-Identifier: ISC
"""What is wrong with a case: what its keys' types cannot say, in words.

solo5.matrix.cases asks here once a case has been read. A value that no place
can be given is refused; what a tender has to refuse, a test gives it through
`options` and `argv`.
"""

from __future__ import annotations

import difflib
import re
import signal
from collections.abc import Iterator, Sequence
from typing import Final

from solo5.facts import Tree
from solo5.matrix import rows
from solo5.matrix.case import Block, Case, Expect, Net

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NAME_HOLDS: Final = "may hold letters, digits, dot, dash and underscore"
_TAP_CHARACTERS: Final = 15
"""Linux' IFNAMSIZ, without the end of the text."""
_NO_TAPS: Final = frozenset({"all", "default", "lo"})
"""Linux has a meaning of its own for them (sysctl net.ipv4.conf), or a device."""
_BLOCK_CHARACTERS: Final = 200
"""The image's name is a little longer, and a file's may have 255 bytes."""

#: The words in braces that each key may have.
_FILLED: Final = ("{kernel}", "{fill:LETTERS}", "{block:NAME}", "{tap:NAME}", "{file:PATH}")
_WORD: Final = re.compile(r"\{([A-Za-z_]+)(?::([^{}]*))?\}")

_DAY_S: Final = 86400
_MOST_MB: Final = 1 << 20
"""1 TiB."""
_MOST_MADE_BYTES: Final = 32 << 20
"""A place gets the bytes in one message."""
_MOST_ZERO_BYTES: Final = 1 << 40
"""A file of zeroes has holes, and takes no room."""
_MOST_OUTPUT: Final = 1 << 30
_MOST_LETTERS: Final = 131071
"""Linux' MAX_ARG_STRLEN, without the end of the text (execve(2))."""
_MTU: Final = (68, 65521)
"""Of a Linux tap: IPv4's least, and 65535 without the Ethernet header."""
_PAGE_BYTES: Final = 4096
_MOST_STATUS: Final = 255


def of_case(case: Case, of: Tree, *, is_fixture: bool) -> Iterator[str]:
    """Yield what is wrong with a case. `is_fixture`: its guest is bytes."""
    if case.name and not _NAME.fullmatch(case.name):
        yield f"name: {case.name!r} {_NAME_HOLDS}"
    if not case.about.strip():
        yield "about: says nothing"
    yield from _of_targets(case, of)
    if case.variant is not None and not is_fixture:
        yield f'variant: only of a guest that a Python module makes, found "{case.variant}" beside a C program'
    if case.argv is not None and (case.args or case.options or case.mem_mb is not None or case.kernel):
        yield "argv: replaces args, options, mem_mb and kernel; say one or the other"
    if not 0 < case.deadline_s <= _DAY_S:
        yield f"deadline_s: expected more than 0 and at most {_DAY_S} seconds, found {case.deadline_s:g}"
    yield from _outside("mem_mb", case.mem_mb, 0, _MOST_MB, "MiB")
    yield from _outside("personality", case.personality, 0, 0xFFFFFFFF)
    yield from _outside("folder_bytes", case.folder_bytes, _PAGE_BYTES, _MOST_ZERO_BYTES, "bytes")
    images = [block.name for block in case.block]
    yield from _of_devices(case, images)
    yield from _of_words(case, images)
    yield from _of_expect(case.expect, images)


def _outside(key: str, value: int | None, least: int, most: int, unit: str = "") -> Iterator[str]:
    """Yield a line if a number is not within both bounds."""
    if value is not None and not least <= value <= most:
        yield f"{key}: expected {least} to {most}{f' {unit}' if unit else ''}, found {value}"


def _of_targets(case: Case, of: Tree) -> Iterator[str]:
    if case.targets is not None and not case.targets:
        yield "targets: expected a target, found none; leave the key out for all of them"
    for target in case.targets or ():
        if target not in of.target_names:
            yield f"targets: {target}: not known; known: {', '.join(of.target_names)}"


def _of_devices(case: Case, images: Sequence[str]) -> Iterator[str]:
    every = (*images, *(net.name for net in case.net))
    yield from (f"device {name}: named twice" for name in every if every.count(name) > 1)
    for block in case.block:
        yield from _of_block(block)
    for net in case.net:
        yield from _of_net(net)
    if case.truncate_on is not None and case.truncate_on.block not in images:
        yield f"truncate_on: block {case.truncate_on.block}: not one of this case"


def _of_block(block: Block) -> Iterator[str]:
    yield from _of_name(f"block {block.name}", block.name, _BLOCK_CHARACTERS)
    key = f"block {block.name}: size_bytes"
    if block.size_bytes < 0:
        yield f"{key}: {block.size_bytes} is less than nothing"
    most = _MOST_ZERO_BYTES if block.fill == "zero" else _MOST_MADE_BYTES
    yield from _outside(key, block.size_bytes, 0, most, f'bytes with fill "{block.fill}"')


def _of_net(net: Net) -> Iterator[str]:
    yield from _of_name(f"net {net.name}", net.name, _TAP_CHARACTERS)
    if net.name in _NO_TAPS:
        yield f"net {net.name}: name: no tap can be called so, nor {' or '.join(sorted(_NO_TAPS - {net.name}))}"
    yield from _outside(f"net {net.name}: mtu", net.mtu, *_MTU, "bytes")


def _of_name(key: str, name: str, most: int) -> Iterator[str]:
    if not _NAME.fullmatch(name) or len(name) > most:
        yield f"{key}: name: expected at most {most} letters, digits, dots, dashes and underscores, found {name!r}"


def _of_words(case: Case, images: Sequence[str]) -> Iterator[str]:
    taps = [net.name for net in case.net]
    lists = {
        "args": case.args,
        "options": case.options,
        "argv": case.argv or (),
        "caller": case.caller,
        "peer": case.peer,
    }
    words = {f"{key}[{at}]": word for key, listed in lists.items() for at, word in enumerate(listed)}
    for key, word in {**words, "kernel": case.kernel or ""}.items():
        if "\0" in word:
            yield f"{key}: expected a word, found one with a NUL byte, which ends it"
        for found in _WORD.finditer(word):
            yield from _of_filled(key, found, taps, images)


def _of_filled(key: str, found: re.Match[str], taps: Sequence[str], images: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with a word in braces. What looks like none, as JSON, is a text like others."""
    kind, value = found.groups()
    if kind in {"tap", "block"} and value is not None:
        if value not in (taps if kind == "tap" else images):
            yield f"{found[0]}: no such device in this case"
    elif kind == "fill" and re.fullmatch("[0-9]+", value or ""):
        # Of more digits than that, Python makes no number.
        if len(value) > len(str(_MOST_LETTERS)) or int(value) > _MOST_LETTERS:
            yield f"{key}: expected 0 to {_MOST_LETTERS} letters, found {found[0]}"
    elif kind == "file" and value:
        if not key.startswith("caller"):
            yield f"{key}: {found[0]}: a file is given to a caller only"
    elif found[0] != "{kernel}":
        yield f"{key}: {found[0]}: unknown word; known: {', '.join(_FILLED)}"


def _of_expect(expect: Expect, images: Sequence[str]) -> Iterator[str]:
    said = [name for name in rows.ENDS if getattr(expect, name) is not None]
    if len(said) != 1:
        yield f"expect: needs exactly one of {', '.join(rows.ENDS)}; has {', '.join(said) or 'none'}"
    yield from _outside("expect.status", expect.status, 0, _MOST_STATUS)
    if expect.signal is not None:
        yield from _of_signal(expect.signal)
    if expect.syscall is not None and expect.signal != "SIGSYS":
        yield "expect: syscall: only with signal SIGSYS"
    yield from _outside("expect.stdout_size", expect.stdout_size, 0, _MOST_OUTPUT, "bytes")
    yield from _outside("expect.stderr_lines", expect.stderr_lines, 0, _MOST_OUTPUT, "lines")
    yield from _outside("expect.peer_status", expect.peer_status, 0, _MOST_STATUS)
    for name, size in expect.block_size.items():
        if name not in images:
            yield f"expect: block_size.{name}: no such device in this case"
        yield from _outside(f"expect.block_size.{name}", size, 0, _MOST_ZERO_BYTES, "bytes")


def _of_signal(name: str) -> Iterator[str]:
    """Yield a line if an outcome cannot have this name: an alias is none."""
    known = [each.name for each in signal.Signals]
    if name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, n=3)) or "none"
        yield f'expect.signal: expected the name of a signal, found "{name}"; near it: {near}'
