# SPDX-License-Identifier: ISC
"""What `solo5 doctor` says of this host: one line each, of whoever knows about its subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "absent", "later"]


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: State
    """missing: something does not work without it; absent: slower or less, but works; later: comes when needed."""
    subject: str
    detail: str
    disables: str = ""

    def __str__(self) -> str:
        """Return the line."""
        text = f"{self.state:8} {self.subject}: {self.detail}"
        return f"{text}; disables: {self.disables}" if self.disables else text
