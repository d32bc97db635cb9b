/* SPDX-License-Identifier: ISC */
/*
 * Page tables of a guest, made from values that describe an architecture's.
 * They map guest addresses to themselves, each page with the rights of what
 * lies there; what is not mapped is a fault.
 */
#pragma once

#include <elf.h> /* PF_* */
#include <stdbool.h>
#include <stdint.h>

/* Rights of a page are those of a segment (PF_R, PF_W, PF_X), and: */
#define TABLES_DEVICE (1u << 3) /* no memory; never to be executed */

#define TABLES_MAX_LEVELS 5

/*
 * What page tables of an architecture look like. A table has 2^bits entries of
 * 8 bytes, and is aligned to its size. Entries of the last level map pages;
 * those of the level above may map blocks, each as large as what one table of
 * the last level maps. An entry of 0 maps nothing.
 */
struct tables_format {
    unsigned levels; /* 0: there are no tables */
    unsigned index_bits[TABLES_MAX_LEVELS]; /* of each level, the root first */
    unsigned page_shift; /* a page has 2^page_shift bytes */
    bool big_endian; /* how the processor reads an entry */
    unsigned address_shift; /* an entry holds an address that much lower */
    uint64_t table_mask; /* where in an entry the address of a table is */
    uint64_t table; /* other bits of such an entry */
    bool table_has_bits; /* and its lowest ones say that table's index_bits */
    /* Other bits of an entry that maps a page, or a block, with RIGHTS. */
    uint64_t (*leaf)(uint32_t rights, bool block);
};

/* Tables in the making. */
struct tables {
    const struct tables_format *format;
    uint64_t *host; /* zeroes, where the tables are made; not owned */
    /* Guest addresses of that memory. The root is at `start`, which is aligned
     * to the root's size, and there is room for it. */
    uint64_t start, end;
    uint64_t used_end; /* behind the last table; at first 0 */
};

/*
 * Maps what lies in [START, END), multiples of a page inside of what the tables
 * can map, nothing of it mapped before. Returns 0, or -ENOMEM with a line: no
 * room for another table.
 */
int tables_map(struct tables *tables, uint64_t start, uint64_t end,
               uint32_t rights);
