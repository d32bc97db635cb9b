/* SPDX-License-Identifier: ISC */
/*
 * Guest addresses. A guest address is a type of its own that C cannot
 * dereference; guest_memory_at is the one way to a pointer.
 */
#ifndef TENDER_ADDR_H
#define TENDER_ADDR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t value;
} guest_addr_t;

/* Guest addresses from `start` (inclusive) to `end` (exclusive). */
struct guest_range {
    uint64_t start;
    uint64_t end;
};

/* Guest memory from address `start` (inclusive) to `end` (exclusive). */
struct guest_memory {
    uint8_t *host; /* where `start` lies in this process; not owned */
    uint64_t start;
    uint64_t end;
    /* What of it the guest cannot write, nor let us write for it; not owned. */
    const struct guest_range *read_only;
    uint32_t read_only_count;
};

/*
 * Tells whether SIZE_BYTES bytes from ADDR lie inside [START, END). A range
 * that ends exactly at END does; one of no bytes does if ADDR is inside or at
 * END. No sum is formed that could wrap.
 */
bool guest_range_inside(uint64_t addr, uint64_t size_bytes, uint64_t start,
                        uint64_t end);

/* Returns a pointer to SIZE_BYTES bytes at ADDR, or NULL if not inside. */
void *guest_memory_at(const struct guest_memory *memory, guest_addr_t addr,
                      uint64_t size_bytes);

/* The same, for bytes that are to be written: NULL also if some are read-only.
 */
void *guest_memory_to_write(const struct guest_memory *memory,
                            guest_addr_t addr, uint64_t size_bytes);

#endif
