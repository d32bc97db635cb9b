/* SPDX-License-Identifier: ISC */
/* Sv39 (RISC-V Privileged Architecture, "Sv39"). */
#include "tables.h"

#define PTE_VALID UINT64_C(0x01)
#define PTE_READ UINT64_C(0x02)
#define PTE_WRITE UINT64_C(0x04)
#define PTE_EXECUTE UINT64_C(0x08)
/* Set from the beginning: a processor may fault instead of setting them. */
#define PTE_ACCESSED UINT64_C(0x40)
#define PTE_DIRTY UINT64_C(0x80)

static uint64_t leaf(uint32_t rights, bool block)
{
    (void)block; /* an entry with rights is a leaf at any level */
    return PTE_VALID | PTE_READ | PTE_ACCESSED | PTE_DIRTY |
           (rights & TABLES_WRITE ? PTE_WRITE : 0) |
           (rights & TABLES_EXECUTE ? PTE_EXECUTE : 0);
}

const struct tables_format arch_tables = {
    .levels = 3,
    .index_bits = {9, 9, 9},
    .page_shift = 12,
    .address_shift = 2,
    .table_mask = UINT64_C(0x003ffffffffffc00),
    .table = PTE_VALID,
    .leaf = leaf,
};
