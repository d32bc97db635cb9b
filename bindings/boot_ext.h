/* SPDX-License-Identifier: ISC */
/*
 * What a tender tells beyond the contract, right after boot info, and how a
 * guest knows whether it is there: other tenders put the manifest there. The
 * fields are the target's (hvt_abi.h, spt_abi.h).
 */
#ifndef BOOT_EXT_H
#define BOOT_EXT_H

#include <stddef.h>
#include <stdint.h>

/* Every extension begins so. */
struct boot_ext {
    uint64_t magic;
    uint32_t size; /* bytes of the extension as the tender knows it */
    uint32_t reserved; /* 0 */
};
_Static_assert(sizeof(struct boot_ext) == 16, "boot_ext");

/*
 * Returns the size of the extension at EXT, or 0 if there is none with MAGIC.
 * MFT: address of the manifest, which begins at its end or later.
 */
static inline uint64_t boot_ext_size(const void *ext, uint64_t magic,
                                     uint64_t mft)
{
    const struct boot_ext *head = ext;

    if (mft < (uintptr_t)(head + 1) || head->magic != magic ||
        head->size > mft - (uintptr_t)head)
        return 0;
    return head->size;
}

/* Whether an extension of SIZE bytes, a struct TYPE, has FIELD. */
#define BOOT_EXT_HAS(size, type, field) \
    ((size) >= offsetof(type, field) + sizeof(((type *)0)->field))

#endif
