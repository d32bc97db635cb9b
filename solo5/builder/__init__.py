# SPDX-License-Identifier: ISC
"""Building the C side: one Meson folder per architecture, and a native one."""

from solo5.builder.meson import Built, build, build_native, install

__all__ = ["Built", "build", "build_native", "install", "loc"]
