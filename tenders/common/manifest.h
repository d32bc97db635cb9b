/* SPDX-License-Identifier: ISC */
/*
 * Checks a manifest (struct mft, mft_abi.h) as it stands in a guest's file,
 * and finds devices in it. The bytes are hostile until checked.
 */
#ifndef TENDER_MANIFEST_H
#define TENDER_MANIFEST_H

#include <stdint.h>

#include "error.h"
#include "mft_abi.h"

/* Room for the largest manifest, aligned as struct mft. */
union manifest {
    struct mft mft;
    uint8_t bytes[MFT_SIZE(MFT_MAX_ENTRIES)];
};

/*
 * Copies the SIZE_BYTES bytes at BYTES into MANIFEST if every rule of
 * version 1 holds. Returns 0, or -ENOEXEC with one line in ERROR that begins
 * with "manifest: ". MANIFEST is only valid after 0.
 */
int manifest_read(union manifest *manifest, const uint8_t *bytes,
                  uint64_t size_bytes, struct error *error);

/* Returns the handle of the device of that name, or 0. */
uint32_t manifest_find(const struct mft *mft, const char *name);

/* Returns "block" or "net", as in options and messages. */
const char *manifest_kind(uint32_t type);

#endif
