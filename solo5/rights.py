# SPDX-License-Identifier: ISC
"""Whether this process may do what root can, and if not, why: another user, a right that was taken, a namespace."""

from __future__ import annotations

import enum
import os
import re
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_USERS: Final = Path("/proc/self/uid_map")


class Right(enum.IntEnum):
    """A right of root's by its number (linux/capability.h); its name begins with CAP_ there."""

    CHOWN = 0
    DAC_OVERRIDE = 1
    NET_ADMIN = 12
    SYS_ADMIN = 21


def obstacle(what: str, *needed: Right) -> str | None:
    """Return what keeps this process from what only root can, with these rights; None: nothing that can be seen."""
    if os.geteuid() != 0:
        return f"only root can {what}"
    effective = int(re.findall(r"^CapEff:\s*(\w+)$", _STATUS.read_text(), re.MULTILINE)[0], 16)
    absent = [f"CAP_{each.name}" for each in needed if not effective >> each & 1]
    return f"root cannot {what} here: it has no {', '.join(absent)}" if absent else None


def within(said: str) -> str:
    """Return what was said to a process that could not do what root can; with the reason, if that is root in a part."""
    uid, outside, count = map(int, _USERS.read_text().split()[:3])
    is_all = (uid, outside) == (0, 0) and count >= 1 << 31
    return said if is_all else f"{said} (this is root of a user namespace only)"
