# SPDX-License-Identifier: ISC
"""The tenders' cores in Python: the same C that stands between guest and host.

Reads ELF files, manifests and command lines, checks guest addresses and
assembles seccomp filters, as a tender does, for every architecture, on any
machine. What C refuses raises RefusedError with its line.

The extension lies in build/native (`solo5 build --native`).
"""

from __future__ import annotations

from solo5.tender.args import Args, Device, args_number, args_read, manifest_read
from solo5.tender.core import RefusedError, Tender, arch_names
from solo5.tender.filter import Insn, Policy, PolicyDevice, call_numbers, filter_build
from solo5.tender.image import (
    File,
    Image,
    Loaded,
    Pages,
    PageTables,
    elf_read,
    memory_at,
    range_inside,
)

__all__ = [
    "Args",
    "Device",
    "File",
    "Image",
    "Insn",
    "Loaded",
    "PageTables",
    "Pages",
    "Policy",
    "PolicyDevice",
    "RefusedError",
    "Tender",
    "arch_names",
    "args_number",
    "args_read",
    "call_numbers",
    "elf_read",
    "filter_build",
    "manifest_read",
    "memory_at",
    "range_inside",
]
