/* SPDX-License-Identifier: ISC */
/*
 * Page tables, for targets whose guests protect themselves. They map addresses
 * to themselves, each page with the rights of what lies there; what is not
 * mapped, such as page zero, is a fault. A program that calls none of this has
 * none of it linked.
 */
#ifndef TABLES_H
#define TABLES_H

#include <stdbool.h>
#include <stdint.h>

/* Rights of a page. */
#define TABLES_EXECUTE (1u << 0)
#define TABLES_WRITE (1u << 1)
#define TABLES_READ (1u << 2)
#define TABLES_DEVICE (1u << 3) /* no memory; never to be executed */

#define TABLES_MAX_LEVELS 5

/*
 * What page tables of an architecture look like. A table has 2^bits entries of
 * 8 bytes, and is aligned to its size. Entries of the last level map pages;
 * those of the level above may map blocks, each as large as what one table of
 * the last level maps. An entry of 0 maps nothing.
 */
struct tables_format {
    unsigned levels;                        /* 0: there are no tables */
    unsigned index_bits[TABLES_MAX_LEVELS]; /* of each level, the root first */
    unsigned page_shift; /* a page has 2^page_shift bytes */
    bool big_endian; /* how the processor reads an entry */
    unsigned address_shift; /* an entry holds an address that much lower */
    uint64_t table_mask; /* where in an entry the address of a table is */
    uint64_t table; /* other bits of such an entry */
    bool table_has_bits; /* and its lowest ones say that table's index_bits */
    /* Other bits of an entry that maps a page, or a block, with RIGHTS. */
    uint64_t (*leaf)(unsigned rights, bool block);
};

/* This architecture's: arch/<arch>/machine/tables.c. */
extern const struct tables_format arch_tables;

/* Tables in the making. */
struct tables {
    const struct tables_format *format;
    uint64_t *memory; /* zeroes, where the tables are made */
    /* Addresses of that memory as the processor looks for tables. The root is
     * at `start`, which is aligned to the root's size; there is room for it. */
    uint64_t start, end;
    uint64_t used_end; /* after the last table; at first 0 */
};

/*
 * Maps what lies in [START, END), multiples of a page, nothing of it mapped
 * before. Returns false, with part of it mapped, if there is no room for
 * another table, or if END is beyond what the tables can map.
 */
bool tables_map(struct tables *tables, uint64_t start, uint64_t end,
                unsigned rights);

#endif
