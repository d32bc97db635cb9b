/* SPDX-License-Identifier: ISC */
/* What of its memory a guest may hand to its tender. */
#pragma once

#include "addr.h"
#include "elf_image.h"

/*
 * Returns a pointer to SIZE_BYTES bytes of MEMORY at ADDR, or NULL if not all
 * are inside; also NULL if they are TO_WRITE, and IMAGE, which is loaded
 * there, says that the guest itself cannot write some of them.
 */
static inline void *hvt_memory_at(const struct guest_memory *memory,
                                  const struct elf_image *image,
                                  guest_addr_t addr, uint64_t size_bytes,
                                  bool to_write)
{
    void *at = guest_memory_at(memory, addr, size_bytes);
    /* Inside memory, if there is a pointer: then the sum cannot wrap. */
    const uint64_t start = addr.value, end = start + size_bytes;

    if (at == NULL || !to_write)
        return at;
    if (start < image->target->guest_min)
        return NULL;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segment[i];

        if (!(segment->flags & PF_W) && end > segment->addr.value &&
            start < segment->addr.value + segment->mem_bytes)
            return NULL;
    }
    return at;
}
