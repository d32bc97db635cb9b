/* SPDX-License-Identifier: ISC */
/* Page tables. Contract: tables.h. */
#include "tables.h"

#include "error.h"

#define ENTRY_BITS 9
#define PAGE_SHIFT 12
#define ADDRESS_MASK UINT64_C(0x0000fffffffff000)

/* Returns the entry of ADDR at LEVEL (0: pages), making tables on the way; or
 * NULL, if there is no room for them. */
static uint64_t *entry_at(struct tables *tables, uint64_t addr, unsigned level)
{
    uint64_t table = TABLES_BASE;

    for (unsigned at = tables->format->levels - 1;; at--) {
        uint64_t index = addr >> (PAGE_SHIFT + ENTRY_BITS * at) & 511;
        uint64_t *entry =
            tables->host + (table - TABLES_BASE) / sizeof *entry + index;

        if (at == level)
            return entry;
        if (*entry == 0) {
            /* The root is the first page. */
            if (++tables->more_pages == TABLES_MAX_PAGES)
                return NULL;
            *entry = (TABLES_BASE + tables->more_pages * TABLES_PAGE_BYTES) |
                     tables->format->table;
        }
        table = *entry & ADDRESS_MASK;
    }
}

int tables_map(struct tables *tables, uint64_t start, uint64_t end,
               uint32_t flags)
{
    const uint64_t block_bytes = TABLES_PAGE_BYTES << ENTRY_BITS;

    while (start < end) {
        bool block = start % block_bytes == 0 && end - start >= block_bytes;
        uint64_t *entry = entry_at(tables, start, block ? 1 : 0);

        FAIL_IF(
            entry == NULL, ENOMEM,
            "page tables: more than %d pages; give the guest fewer segments",
            TABLES_MAX_PAGES);
        *entry = start | tables->format->leaf(flags, block);
        start += block ? block_bytes : TABLES_PAGE_BYTES;
    }
    return 0;
}
