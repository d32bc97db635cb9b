# SPDX-License-Identifier: ISC
"""Text that somebody else wrote, a guest above all, as lines of ours may hold it.

Control characters, escape sequences, what turns the direction of writing, and
bytes that are no UTF-8 become backslash and number. So what is shown is what
was written, and does nothing to the terminal. Newlines and tabs stay.
"""

from __future__ import annotations

__all__ = ["last_line", "last_lines", "line", "text"]

_STAYS = frozenset("\n\t ")


def text(value: str | bytes) -> str:
    """Return a text as a terminal, and a report, may get it."""
    decoded = value if isinstance(value, str) else value.decode(errors="backslashreplace")
    if decoded.isprintable():
        return decoded
    return "".join(letter if letter.isprintable() or letter in _STAYS else _number(letter) for letter in decoded)


def _number(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


def line(value: str | bytes, most: int) -> str:
    """Return the beginning of one line, at most so many characters of it."""
    # A character is at most four bytes; what is not looked at costs nothing.
    shown = text(value[: 4 * most])
    return shown if len(shown) <= most and len(value) <= 4 * most else f"{shown[:most]}..."


def last_lines(content: bytes, most: int) -> tuple[list[bytes], int]:
    """Return the last lines of an output, at most so many, and how many it has; makes no list of all."""
    whole = content.removesuffix(b"\n")
    if not content:
        return [], 0
    return whole.rsplit(b"\n", most)[-most:], whole.count(b"\n") + 1


def last_line(content: bytes, most: int = 160) -> str:
    """Return the beginning of the last line of an output that is not blank; empty: there is none."""
    lines, _ = last_lines(content.rstrip(), 1)
    return line(lines[0], most) if lines else ""
