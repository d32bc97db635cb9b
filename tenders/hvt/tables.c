/* SPDX-License-Identifier: ISC */
/* Page tables. Contract: tables.h. */
#include "tables.h"

#include <errno.h>
#include <stddef.h>

#define ENTRIES 512
#define ENTRY_BITS 9
#define PAGE_SHIFT 12
#define ADDRESS_MASK UINT64_C(0x0000fffffffff000)

static uint64_t *page_at(const struct tables *tables, uint64_t addr)
{
    return tables->host + (addr - TABLES_BASE) / sizeof *tables->host;
}

/* Returns the guest address of a new table, or 0. */
static uint64_t page_take(struct tables *tables)
{
    if (tables->pages == TABLES_MAX_PAGES)
        return 0;
    return TABLES_BASE + tables->pages++ * TABLES_PAGE_BYTES;
}

/* Returns the entry of ADDR at LEVEL (0: pages), making tables on the way. */
static uint64_t *entry_at(struct tables *tables, uint64_t addr, unsigned level)
{
    uint64_t table = tables->pages > 0 ? TABLES_BASE : page_take(tables);

    for (unsigned at = tables->format->levels - 1;; at--) {
        uint64_t index = addr >> (PAGE_SHIFT + ENTRY_BITS * at) & (ENTRIES - 1);
        uint64_t *entry = page_at(tables, table) + index;

        if (at == level)
            return entry;
        if (*entry == 0) {
            uint64_t next = page_take(tables);

            if (next == 0)
                return NULL;
            *entry = next | tables->format->table;
        }
        table = *entry & ADDRESS_MASK;
    }
}

int tables_map(struct tables *tables, uint64_t start, uint64_t end,
               uint32_t prot, bool device, struct error *error)
{
    const uint64_t block_bytes = TABLES_PAGE_BYTES << ENTRY_BITS;

    while (start < end) {
        bool block = start % block_bytes == 0 && end - start >= block_bytes;
        uint64_t *entry = entry_at(tables, start, block ? 1 : 0);

        if (entry == NULL)
            return error_set(error, ENOMEM,
                             "page tables: more than %d pages; give the guest "
                             "fewer segments",
                             TABLES_MAX_PAGES);
        *entry = start | tables->format->leaf(prot, block, device);
        start += block ? block_bytes : TABLES_PAGE_BYTES;
    }
    return 0;
}
