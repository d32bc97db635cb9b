/* SPDX-License-Identifier: ISC */
/*
 * A machine of aarch64 as an hvt guest sees it. Contract: hvt/machine_arch.h;
 * bits: Arm ARM, D8.3.
 */
#include "machine_arch.h"

#define PTE_BLOCK UINT64_C(1)
#define PTE_TABLE UINT64_C(3) /* also: a page */
#define PTE_DEVICE (UINT64_C(1) << 2) /* attribute 1 (MAIR_EL1, kvm.c) */
#define PTE_READ_ONLY (UINT64_C(1) << 7)
#define PTE_INNER_SHAREABLE (UINT64_C(3) << 8)
#define PTE_ACCESSED (UINT64_C(1) << 10)
#define PTE_PXN (UINT64_C(1) << 53)
#define PTE_UXN (UINT64_C(1) << 54)

static uint64_t leaf(uint32_t rights, bool block)
{
    return (block ? PTE_BLOCK : PTE_TABLE) | PTE_ACCESSED | PTE_UXN |
           (rights & TABLES_DEVICE ? PTE_DEVICE : PTE_INNER_SHAREABLE) |
           (rights & PF_W ? 0 : PTE_READ_ONLY) | (rights & PF_X ? 0 : PTE_PXN);
}

const struct tables_format arch_tables = {
    .levels = 3,
    .index_bits = {9, 9, 9},
    .page_shift = 12,
    .table_mask = UINT64_C(0x0000fffffffff000),
    .table = PTE_TABLE,
    .leaf = leaf,
};

const bool arch_hypercalls_are_stores = true;

/* Entries are marked as accessed, and TCR_EL1 (kvm.c) asks for no other marks
 * (Arm ARM, D8.5). */
const bool arch_tables_are_only_read = true;
