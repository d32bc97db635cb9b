/* SPDX-License-Identifier: ISC */
/* Manifest checks. Contract: manifest.h. */
#include "manifest.h"

#include <string.h>

#include "error.h"

static int entry_check(const struct mft *mft, uint32_t index)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789";
    const struct mft_entry *entry = &mft->e[index];
    const size_t length = strnlen(entry->name, MFT_NAME_SIZE);
    const struct rule rules[] = {
        {entry->attached != 0, "marked as attached in the file"},
        {length == MFT_NAME_SIZE, "name without NUL"},
        {length == 0, "empty name"},
        {length < MFT_NAME_SIZE && strspn(entry->name, letters) < length,
         "name of other characters than A-Z, a-z, 0-9"},
        {entry->type != MFT_DEV_BLOCK_BASIC && entry->type != MFT_DEV_NET_BASIC,
         "unknown type"},
        {length < MFT_NAME_SIZE && manifest_find(mft, entry->name) < index,
         "duplicate name"},
    };

    FAIL_IF_BROKEN(rules, ENOEXEC, "manifest: record %u, type %u:", index,
                   entry->type);
    return 0;
}

int manifest_read(union manifest *manifest, const uint8_t *bytes, uint64_t size)
{
    static const char no_name[MFT_NAME_SIZE];
    const struct mft *mft = &manifest->mft;

    FAIL_IF(size < sizeof *mft || size > sizeof manifest->bytes, ENOEXEC,
            "manifest: size of %ju bytes", size);
    memcpy(manifest->bytes, bytes, size);
    const struct rule rules[] = {
        {mft->version != MFT_VERSION, "unknown version"},
        {mft->entries == 0 || mft->entries > MFT_MAX_ENTRIES,
         "from 1 to 64 records expected"},
        {size != MFT_SIZE(mft->entries), "size does not match"},
        {mft->e[0].type != MFT_RESERVED_FIRST || mft->e[0].attached != 0 ||
             memcmp(mft->e[0].name, no_name, sizeof no_name) != 0,
         "record 0 is not the reserved one"},
    };
    FAIL_IF_BROKEN(rules, ENOEXEC,
                   "manifest: version %u, %u records, size of %ju bytes:",
                   mft->version, mft->entries, size);
    for (uint32_t i = 1; i < mft->entries; i++)
        TRY(entry_check(mft, i));
    return 0;
}

uint32_t manifest_find(const struct mft *mft, const char *name)
{
    for (uint32_t i = 1; i < mft->entries; i++)
        if (strcmp(mft->e[i].name, name) == 0)
            return i;
    return 0;
}
