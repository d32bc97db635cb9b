# SPDX-License-Identifier: ISC
"""Debian packages: of this host, and those of other architectures.

`missing` and `install` look after programs that this host runs; `sysroot`,
`kernel` and `shell` hand out unpacked files of any architecture, which dpkg of this host
never hears of.
"""

from solo5.debian.foreign import Kernel, fetch_all, kernel, shell, sysroot
from solo5.debian.host import install, install_command, missing

__all__ = [
    "Kernel",
    "fetch_all",
    "foreign",
    "install",
    "install_command",
    "kernel",
    "missing",
    "releases",
    "shell",
    "sources",
    "sysroot",
]
