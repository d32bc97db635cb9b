/* SPDX-License-Identifier: ISC */
/* Contract: tables.h. */
#include "tables.h"

/* Turns an entry from the program's byte order to the format's, and back. */
static uint64_t in_order(const struct tables_format *format, uint64_t entry)
{
    return format->big_endian ? __builtin_bswap64(entry) : entry;
}

/* Returns the address of a new table, or 0: no room. */
static uint64_t table_new(struct tables *tables, unsigned index_bits)
{
    uint64_t size = sizeof(uint64_t) << index_bits;
    uint64_t at = (tables->used_end + size - 1) & ~(size - 1);

    if (at > tables->end || size > tables->end - at)
        return 0;
    tables->used_end = at + size;
    return at;
}

/* A table that is being filled in. */
struct table {
    uint64_t addr;
    unsigned level; /* the root's is 0 */
    unsigned shift; /* an entry stands for 2^shift bytes */
};

/* Finds the table that ENTRY leads to, or makes one. Returns false: no room. */
static bool table_below(struct tables *tables, const struct table *table,
                        uint64_t *entry, struct table *below)
{
    const struct tables_format *format = tables->format;
    unsigned bits = format->index_bits[table->level + 1];

    *below =
        (struct table){.level = table->level + 1, .shift = table->shift - bits};
    if (*entry != 0) {
        below->addr = (in_order(format, *entry) & format->table_mask)
                      << format->address_shift;
        return true;
    }
    below->addr = table_new(tables, bits);
    if (below->addr == 0)
        return false;
    *entry =
        in_order(format, below->addr >> format->address_shift | format->table |
                             (format->table_has_bits ? bits : 0));
    return true;
}

/* Maps the part of an address space that TABLE stands for; as deep as there
 * are levels. */
static bool map(struct tables *tables, const struct table *table,
                uint64_t start, uint64_t end, unsigned rights)
{
    const struct tables_format *format = tables->format;
    uint64_t size = (uint64_t)1 << table->shift;
    uint64_t mask = ((uint64_t)1 << format->index_bits[table->level]) - 1;
    uint64_t *entries =
        tables->memory + (table->addr - tables->start) / sizeof *entries;

    while (start < end) {
        uint64_t *entry = &entries[start >> table->shift & mask];
        uint64_t entry_end = (start & ~(size - 1)) + size;
        uint64_t until = end < entry_end ? end : entry_end;
        bool page = table->level + 1 == format->levels;
        bool block = table->level + 2 == format->levels;
        struct table below;

        if (page || (block && until - start == size))
            *entry = in_order(format, start >> format->address_shift |
                                          format->leaf(rights, block));
        else if (!table_below(tables, table, entry, &below) ||
                 !map(tables, &below, start, until, rights))
            return false;
        start = until;
    }
    return true;
}

bool tables_map(struct tables *tables, uint64_t start, uint64_t end,
                unsigned rights)
{
    const struct tables_format *format = tables->format;
    struct table root = {.addr = tables->start, .shift = format->page_shift};

    if (format->levels == 0)
        return true;
    for (unsigned level = 1; level < format->levels; level++)
        root.shift += format->index_bits[level];
    if (end > (uint64_t)1 << (root.shift + format->index_bits[0]))
        return false;
    if (tables->used_end == 0)
        tables->used_end =
            tables->start + (sizeof(uint64_t) << format->index_bits[0]);
    return map(tables, &root, start, end, rights);
}
