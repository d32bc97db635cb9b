# SPDX-License-Identifier: ISC
"""A job anywhere: its values, and how to speak with solo5-init (C, in agent/), which runs it.

Places (solo5.places) are built on this.
"""

__all__ = ["job", "protocol", "syscalls"]
