/* SPDX-License-Identifier: ISC */
/* The devices of the manifest, and which of them the program has acquired. */
#include "device.h"

#include "exit.h"

#include <stdbool.h>

static const struct mft *manifest;
static solo5_handle_set_t acquired;

static solo5_handle_set_t bit(solo5_handle_t handle)
{
    return (solo5_handle_set_t)1 << handle;
}

static bool same(const char *a, const char *b)
{
    while (*a == *b && *a != '\0') {
        a++;
        b++;
    }
    return *a == *b;
}

void device_init(const struct mft *mft)
{
    manifest = mft;
}

const struct mft_entry *device_acquire(const char *name, mft_type_t type,
                                       solo5_handle_t *handle)
{
    /* Record 0 is no device. */
    for (solo5_handle_t at = 1; at < manifest->entries; at++) {
        const struct mft_entry *entry = &manifest->e[at];

        if (entry->type != type || !entry->attached || !same(entry->name, name))
            continue;
        if ((acquired & bit(at)) != 0)
            return NULL;
        acquired |= bit(at);
        *handle = at;
        return entry;
    }
    return NULL;
}

const struct mft_entry *device_get(solo5_handle_t handle, mft_type_t type,
                                   const char *call)
{
    /* Every acquired handle is below MFT_MAX_ENTRIES, the set's bits. */
    if (handle >= MFT_MAX_ENTRIES || (acquired & bit(handle)) == 0)
        abort_because(call, "the handle was not acquired");
    if (manifest->e[handle].type != type)
        abort_because(call, "the handle is of another kind of device");
    return &manifest->e[handle];
}

solo5_handle_t device_handle(const struct mft_entry *device)
{
    return (solo5_handle_t)(device - manifest->e);
}
