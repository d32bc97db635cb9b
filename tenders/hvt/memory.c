/* SPDX-License-Identifier: ISC */
/* Contract: memory.h; what lies where: layout.h. */
#include "memory.h"

#include "error.h"
#include "layout.h"

/* The list: the low memory, then the image's. */
static uint32_t pages_count(const struct elf_image *image)
{
    return 1 + image->segment_count + 1;
}

static struct elf_pages pages_of(const struct elf_image *image, uint32_t index)
{
    if (index == 0)
        return (struct elf_pages){HVT_BOOT_INFO_BASE, HVT_GUEST_MIN_BASE, PF_R};
    return elf_pages(image, index - 1);
}

int hvt_memory_map(struct tables *tables, const struct elf_image *image)
{
    for (uint32_t i = 0; i < pages_count(image); i++) {
        const struct elf_pages pages = pages_of(image, i);

        TRY(tables_map(tables, pages.start, pages.end, pages.rights));
    }
    return 0;
}

void *hvt_memory_at(const struct guest_memory *memory,
                    const struct elf_image *image, guest_addr_t addr,
                    uint64_t size_bytes, bool to_write)
{
    const uint32_t needed = to_write ? PF_W : PF_R;
    void *found = guest_memory_at(memory, addr, size_bytes);
    /* Inside memory, if there is a pointer: then the sum cannot wrap. */
    const uint64_t end = addr.value + size_bytes;
    uint64_t at = addr.value; /* what is before it may be used */

    for (uint32_t i = 0; at < end && i < pages_count(image); i++) {
        const struct elf_pages pages = pages_of(image, i);

        if (at >= pages.end)
            continue;
        if (at < pages.start || !(pages.rights & needed))
            return NULL;
        at = pages.end;
    }
    return at < end ? NULL : found;
}
