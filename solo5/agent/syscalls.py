# SPDX-License-Identifier: ISC
"""Names of system calls, of any architecture, as libseccomp knows them."""

from __future__ import annotations

from solo5.facts import Arch

__all__ = ["syscall_name"]


def syscall_name(arch: Arch, number: int) -> str:
    """Return the name of a system call, or its number as text if it has none."""
    import pyseccomp  # noqa: PLC0415 - loads a C library, and most runs never ask

    try:
        name = pyseccomp.resolve_syscall(getattr(pyseccomp.Arch, arch.linux.seccomp_arch), number)
    except (ValueError, OSError):
        return str(number)
    return name.decode() if isinstance(name, bytes) else str(name)
