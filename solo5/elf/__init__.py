# SPDX-License-Identifier: ISC
"""Unikernel files: what their notes say, and the tools that write and check them."""

__all__ = [
    "check",
    "csource",
    "elftool",
    "layout",
    "manifest",
    "notes",
    "numbers",
    "object",
    "read",
    "runnable",
    "sample",
    "write",
]
