# SPDX-License-Identifier: ISC
"""Building the C side: one Meson folder per architecture, and a native one."""

from solo5.builder.meson import Built, build, build_native, install
from solo5.builder.prefix import installed_name

__all__ = ["Built", "build", "build_native", "install", "installed_name", "loc"]
