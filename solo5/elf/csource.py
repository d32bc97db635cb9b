# SPDX-License-Identifier: ISC
"""The manifest as C, for build systems that compile it.

Only names that passed the manifest's rules and names of types get into the
text, so nothing of the source can become code.
"""

from __future__ import annotations

from solo5.elf.manifest import Manifest

__all__ = ["write"]


def write(manifest: Manifest) -> str:
    """Return a C file that declares the manifest's note (mft_abi.h)."""
    entries = ['{ .name = "", .type = MFT_RESERVED_FIRST }']
    entries += [f'{{ .name = "{each.name}", .type = MFT_DEV_{each.type.name} }}' for each in manifest.devices]
    listed = "".join(f"        {entry},\n" for entry in entries)
    return (
        "/* Written by solo5-elftool; changes are lost. */\n"
        f"#define MFT_ENTRIES {len(entries)}\n"
        '#include "mft_abi.h"\n'
        "\n"
        "MFT1_NOTE_DECLARE_BEGIN\n"
        "{\n"
        "    .version = MFT_VERSION,\n"
        "    .entries = MFT_ENTRIES,\n"
        "    .e = {\n"
        f"{listed}"
        "    }\n"
        "}\n"
        "MFT1_NOTE_DECLARE_END\n"
    )
