/* SPDX-License-Identifier: ISC */
/* Radix trees (Power ISA 3.0, book III, 5.7.10), of any page size. */
#include "tables.h"

#define ENTRY_VALID (UINT64_C(1) << 63)
#define ENTRY_LEAF (UINT64_C(1) << 62)
/* Set from the beginning: a processor may fault instead of setting them. */
#define ENTRY_REFERENCED UINT64_C(0x100)
#define ENTRY_CHANGED UINT64_C(0x080)
#define ENTRY_DEVICE UINT64_C(0x020)
#define ENTRY_PRIVILEGED UINT64_C(0x008)
#define ENTRY_READ UINT64_C(0x004)
#define ENTRY_WRITE UINT64_C(0x002)
#define ENTRY_EXECUTE UINT64_C(0x001)

static uint64_t leaf(uint32_t rights, bool block)
{
    (void)block; /* they look like pages */
    return ENTRY_VALID | ENTRY_LEAF | ENTRY_REFERENCED | ENTRY_CHANGED |
           ENTRY_PRIVILEGED | ENTRY_READ |
           (rights & TABLES_DEVICE ? ENTRY_DEVICE : 0) |
           (rights & TABLES_WRITE ? ENTRY_WRITE : 0) |
           (rights & TABLES_EXECUTE ? ENTRY_EXECUTE : 0);
}

/* What all of them have in common: big-endian entries, a root with 13 bits,
 * and tables that are found by address and size. */
#define RADIX                                                 \
    .levels = 4, .big_endian = true, .table_has_bits = true,  \
    .table_mask = UINT64_C(0x0fffffffffffff00), .leaf = leaf, \
    .table = ENTRY_VALID
