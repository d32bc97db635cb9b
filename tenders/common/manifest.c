/* SPDX-License-Identifier: ISC */
/* Manifest checks. Contract: manifest.h. */
#include "manifest.h"

#include <string.h>

#include "error.h"

/* Returns what is wrong with a record, or NULL. */
static const char *entry_fault(const struct mft *mft, uint32_t index)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789";
    const struct mft_entry *entry = &mft->e[index];
    const size_t length = strnlen(entry->name, MFT_NAME_SIZE);

    if (entry->attached != 0)
        return "marked as attached in the file";
    if (length == MFT_NAME_SIZE)
        return "name without NUL";
    if (length == 0)
        return "empty name";
    if (strspn(entry->name, letters) < length)
        return "name of other characters than A-Z, a-z, 0-9";
    if (entry->type != MFT_DEV_BLOCK_BASIC && entry->type != MFT_DEV_NET_BASIC)
        return "unknown type";
    for (uint32_t i = 1; i < index; i++)
        if (strcmp(mft->e[i].name, entry->name) == 0)
            return "duplicate name";
    return NULL;
}

/* Returns what is wrong with the manifest as a whole, of SIZE bytes, or NULL.
 */
static const char *manifest_fault(const struct mft *mft, uint64_t size)
{
    static const char no_name[MFT_NAME_SIZE];
    const struct mft_entry *first = &mft->e[0];

    if (mft->version != MFT_VERSION)
        return "unknown version";
    if (mft->entries == 0 || mft->entries > MFT_MAX_ENTRIES)
        return mft->entries == 0 ? "record 0 is missing"
                                 : "too many entries, maximum 63";
    if (size != MFT_SIZE(mft->entries))
        return "size does not match";
    if (first->type != MFT_RESERVED_FIRST || first->attached != 0 ||
        memcmp(first->name, no_name, sizeof no_name) != 0)
        return "record 0 is not the reserved one";
    return NULL;
}

int manifest_read(union manifest *manifest, const uint8_t *bytes, uint64_t size)
{
    const struct mft *mft = &manifest->mft;
    const char *fault;

    FAIL_IF(size < sizeof *mft || size > sizeof manifest->bytes, ENOEXEC,
            "manifest: size of %ju bytes", size);
    memcpy(manifest->bytes, bytes, size);
    fault = manifest_fault(mft, size);
    FAIL_IF(fault != NULL, ENOEXEC,
            "manifest: version %u, %u records, size of %ju bytes: %s",
            mft->version, mft->entries, size, fault);
    for (uint32_t i = 1; i < mft->entries; i++) {
        fault = entry_fault(mft, i);
        FAIL_IF(fault != NULL, ENOEXEC, "manifest: record %u, type %u: %s", i,
                mft->e[i].type, fault);
    }
    return 0;
}
