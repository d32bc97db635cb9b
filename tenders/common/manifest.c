/* SPDX-License-Identifier: ISC */
/* Manifest checks. Contract: manifest.h. */
#include "manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define REFUSE(...) error_set(error, ENOEXEC, "manifest: " __VA_ARGS__)

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9');
}

static bool all_zero(const void *from, size_t size)
{
    const uint8_t *bytes = from;

    while (size > 0)
        if (bytes[--size] != 0)
            return false;
    return true;
}

static int name_check(const struct mft_entry *entry, uint32_t index,
                      struct error *error)
{
    size_t length = strnlen(entry->name, MFT_NAME_SIZE);

    if (length == MFT_NAME_SIZE)
        return REFUSE("record %" PRIu32 ": name without NUL", index);
    if (length == 0)
        return REFUSE("record %" PRIu32 ": empty name", index);
    for (size_t i = 0; i < length; i++)
        if (!is_name_char(entry->name[i]))
            return REFUSE("record %" PRIu32
                          ": name has a character besides A-Z, a-z, 0-9",
                          index);
    return 0;
}

static int entry_check(const struct mft *mft, uint32_t index,
                       struct error *error)
{
    const struct mft_entry *entry = &mft->e[index];
    int err = name_check(entry, index, error);

    if (err != 0)
        return err;
    if (entry->type != MFT_DEV_BLOCK_BASIC && entry->type != MFT_DEV_NET_BASIC)
        return REFUSE("%s: unknown type %" PRIu32, entry->name, entry->type);
    for (uint32_t other = 1; other < index; other++)
        if (strcmp(mft->e[other].name, entry->name) == 0)
            return REFUSE("%s: duplicate name", entry->name);
    return 0;
}

int manifest_read(union manifest *manifest, const uint8_t *bytes,
                  uint64_t size_bytes, struct error *error)
{
    const struct mft *mft = &manifest->mft;

    if (size_bytes < sizeof *mft || size_bytes > sizeof manifest->bytes)
        return REFUSE("size of %" PRIu64 " bytes, from %zu to %zu", size_bytes,
                      sizeof *mft, sizeof manifest->bytes);
    memcpy(manifest->bytes, bytes, size_bytes);
    if (mft->version != MFT_VERSION)
        return REFUSE("version %" PRIu32 ", not %d", mft->version, MFT_VERSION);
    if (mft->entries == 0 || mft->entries > MFT_MAX_ENTRIES)
        return REFUSE("%" PRIu32 " records, from 1 to %d", mft->entries,
                      MFT_MAX_ENTRIES);
    if (size_bytes != MFT_SIZE(mft->entries))
        return REFUSE("size of %" PRIu64 " bytes does not match %" PRIu32
                      " records (%zu bytes)",
                      size_bytes, mft->entries, MFT_SIZE(mft->entries));
    if (mft->e[0].type != MFT_RESERVED_FIRST ||
        !all_zero(mft->e[0].name, MFT_NAME_SIZE))
        return REFUSE("record 0 is not the reserved one");
    for (uint32_t i = 0; i < mft->entries; i++) {
        if (mft->e[i].attached != 0)
            return REFUSE("record %" PRIu32 ": marked as attached in the file",
                          i);
        if (i > 0) {
            int err = entry_check(mft, i, error);

            if (err != 0)
                return err;
        }
    }
    return 0;
}

uint32_t manifest_find(const struct mft *mft, const char *name)
{
    for (uint32_t i = 1; i < mft->entries; i++)
        if (strcmp(mft->e[i].name, name) == 0)
            return i;
    return 0;
}

const char *manifest_kind(uint32_t type)
{
    return type == MFT_DEV_BLOCK_BASIC ? "block" : "net";
}
