/* SPDX-License-Identifier: ISC */
/*
 * A machine of x86_64 as an hvt guest sees it. Contract: hvt/machine_arch.h;
 * bits: AMD APM 2, 5.3 and 5.4.
 */
#include "machine_arch.h"

#define PTE_PRESENT UINT64_C(0x001)
#define PTE_WRITE UINT64_C(0x002)
#define PTE_UNCACHED UINT64_C(0x018)
/* Set from the beginning: the processor has nothing to write back. */
#define PTE_ACCESSED UINT64_C(0x020)
#define PTE_DIRTY UINT64_C(0x040)
#define PTE_BLOCK UINT64_C(0x080)
#define PTE_NO_EXECUTE (UINT64_C(1) << 63)

static uint64_t leaf(uint32_t rights, bool block)
{
    return PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY | (block ? PTE_BLOCK : 0) |
           (rights & TABLES_DEVICE ? PTE_UNCACHED : 0) |
           (rights & PF_W ? PTE_WRITE : 0) |
           (rights & PF_X ? 0 : PTE_NO_EXECUTE);
}

const struct tables_format arch_tables = {
    .levels = 4,
    .index_bits = {9, 9, 9, 9},
    .page_shift = 12,
    .table_mask = UINT64_C(0x000ffffffffff000),
    .table = PTE_PRESENT | PTE_WRITE | PTE_ACCESSED,
    .leaf = leaf,
};

const bool arch_hypercalls_are_stores = false;

/* Below nested tables, each step of a walk counts as a write (AMD APM 2, 15.25;
 * Intel SDM 3C, flags for accessed and dirty of EPT): none would succeed. */
const bool arch_tables_are_only_read = false;
