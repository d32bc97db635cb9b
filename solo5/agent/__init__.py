# SPDX-License-Identifier: ISC
"""A job anywhere: its values, and how to speak with solo5-init (C, in agent/), which runs it.

Places are built on this: virtual machines (solo5.places.vm) and this host
(solo5.run.host).
"""

__all__ = ["job", "protocol", "syscalls"]
