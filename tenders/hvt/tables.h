/* SPDX-License-Identifier: ISC */
/*
 * The page tables of a guest. They map guest addresses to themselves, each
 * page with the rights of what lies there; what is not mapped is a fault.
 *
 * They stand in memory of their own, far above the guest's, and are not
 * mapped by themselves: a guest finds no address to change them at.
 */
#pragma once

#include <elf.h> /* PF_* */
#include <stdbool.h>
#include <stdint.h>

#define TABLES_BASE UINT64_C(0x200000000)
#define TABLES_PAGE_BYTES UINT64_C(0x1000)
/*
 * Enough for 4 GiB with 32 segments: a root and its few tables, one page for
 * each GiB, and two for each segment that does not fill its 2 MiB.
 */
#define TABLES_MAX_PAGES 96
#define TABLES_BYTES (TABLES_MAX_PAGES * TABLES_PAGE_BYTES)

/* A page table of an architecture: 512 entries of 8 bytes a page. */
struct tables_format {
    unsigned levels; /* the last maps pages of 4 KiB, the one before, 2 MiB */
    uint64_t table;  /* bits of an entry that holds another table's address */
    /* Bits of an entry that maps with FLAGS; block: 2 MiB. */
    uint64_t (*leaf)(uint32_t flags, bool block);
    /* Where hypercalls are stores: what to map for them; else both are 0. */
    uint64_t device_start, device_end;
};

struct tables {
    const struct tables_format *format;
    uint64_t *host; /* TABLES_BYTES of zeroes, which stand at TABLES_BASE */
    uint32_t more_pages; /* in use, beside the root; at first 0 */
};

/*
 * Maps what lies in [START, END), multiples of 4 KiB, not mapped before. FLAGS:
 * PF_R, PF_W, PF_X; TABLES_DEVICE: not memory, never to be executed.
 */
#define TABLES_DEVICE (1u << 31)
int tables_map(struct tables *tables, uint64_t start, uint64_t end,
               uint32_t flags);
