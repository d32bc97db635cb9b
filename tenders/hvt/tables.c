/* SPDX-License-Identifier: ISC */
/* Page tables. Contract: tables.h. */
#include "tables.h"

#include "addr.h"
#include "error.h"

/* Turns an entry from this host's byte order to the format's, and back. */
static uint64_t byte_order(const struct tables_format *format, uint64_t entry)
{
    return format->big_endian ? __builtin_bswap64(entry) : entry;
}

/* Makes ENTRY lead to a new table, whose indices have INDEX_BITS bits. Returns
 * false if there is no room for it. */
static bool table_add(struct tables *tables, uint64_t *entry,
                      unsigned index_bits)
{
    const struct tables_format *format = tables->format;
    const uint64_t bytes = sizeof *entry << index_bits;
    const uint64_t at = round_up(tables->used_end, bytes);

    if (at + bytes > tables->end)
        return false;
    tables->used_end = at + bytes;
    *entry = byte_order(format, at >> format->address_shift | format->table |
                                    (format->table_has_bits ? index_bits : 0));
    return true;
}

/* Returns the entry of ADDR at level LAST, making tables on the way; or NULL,
 * if there is no room for them. */
static uint64_t *entry_at(struct tables *tables, uint64_t addr, unsigned last)
{
    const struct tables_format *format = tables->format;
    uint64_t table = tables->start;
    unsigned shift = format->page_shift;

    for (unsigned level = 1; level < format->levels; level++)
        shift += format->index_bits[level];
    for (unsigned level = 0;; level++) {
        const uint64_t index =
            addr >> shift & ((UINT64_C(1) << format->index_bits[level]) - 1);
        uint64_t *entry =
            tables->host + (table - tables->start) / sizeof *entry + index;

        if (level == last)
            return entry;
        if (*entry == 0 &&
            !table_add(tables, entry, format->index_bits[level + 1]))
            return NULL;
        table = (byte_order(format, *entry) & format->table_mask)
                << format->address_shift;
        shift -= format->index_bits[level + 1];
    }
}

int tables_map(struct tables *tables, uint64_t start, uint64_t end,
               uint32_t rights)
{
    const struct tables_format *format = tables->format;
    const unsigned pages = format->levels - 1;
    uint64_t page_bytes, block_bytes;

    if (format->levels == 0)
        return 0;
    page_bytes = UINT64_C(1) << format->page_shift;
    block_bytes = page_bytes << format->index_bits[pages];
    if (tables->used_end == 0)
        tables->used_end =
            tables->start + (sizeof(uint64_t) << format->index_bits[0]);
    while (start < end) {
        const bool block =
            pages > 0 && start % block_bytes == 0 && end - start >= block_bytes;
        uint64_t *entry = entry_at(tables, start, block ? pages - 1 : pages);

        FAIL_IF(
            entry == NULL, ENOMEM,
            "page tables: no room in %ju bytes; give the guest fewer segments",
            tables->end - tables->start);
        *entry = byte_order(format, start >> format->address_shift |
                                        format->leaf(rights, block));
        start += block ? block_bytes : page_bytes;
    }
    return 0;
}
