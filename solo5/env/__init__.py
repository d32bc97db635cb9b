# SPDX-License-Identifier: ISC
"""Where sessions do their work: on this host, or in a container that has all they need.

`choose` decides, `engine` talks to the container engine, `image` makes what
containers are made of, `container` runs a session in one.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = ["INSIDE_VARIABLE", "choose", "engine", "image", "is_inside", "leftovers", "session"]

#: Set in containers of ours, which lack nothing.
INSIDE_VARIABLE: Final = "SOLO5_INSIDE"


def is_inside() -> bool:
    """Tell whether this is a container of ours."""
    return bool(os.environ.get(INSIDE_VARIABLE))
