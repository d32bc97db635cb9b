/* SPDX-License-Identifier: ISC */
/*
 * Checks a manifest (struct mft, mft_abi.h) as it stands in a guest's file. The
 * bytes are hostile until checked.
 */
#pragma once

#include "mft_abi.h"

/* Room for the largest manifest, aligned as struct mft. */
union manifest {
    struct mft mft;
    uint8_t bytes[MFT_SIZE(MFT_MAX_ENTRIES)];
};

/*
 * Copies the SIZE_BYTES bytes at BYTES into MANIFEST if every rule of
 * version 1 holds. Returns 0, or -ENOEXEC with a line that begins with
 * "manifest: ". MANIFEST is only valid after 0.
 */
int manifest_read(union manifest *manifest, const uint8_t *bytes,
                  uint64_t size_bytes);
