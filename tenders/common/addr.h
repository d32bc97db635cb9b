/* SPDX-License-Identifier: ISC */
/*
 * Guest addresses. A guest address is a type of its own that C cannot
 * dereference; guest_memory_at is the one way to a pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t value;
} guest_addr_t;

/* Guest memory from address `start` (inclusive) to `end` (exclusive). */
struct guest_memory {
    uint8_t *host; /* where `start` lies in this process; not owned */
    uint64_t start, end;
};

/*
 * Tells whether SIZE_BYTES bytes from ADDR lie inside [START, END). A range
 * that ends exactly at END does; one of no bytes does if ADDR is inside or at
 * END. No sum is formed that could wrap.
 */
static inline bool guest_range_inside(uint64_t addr, uint64_t size_bytes,
                                      uint64_t start, uint64_t end)
{
    return start <= addr && addr <= end && size_bytes <= end - addr;
}

/* Returns a pointer to SIZE_BYTES bytes at ADDR, or NULL if not inside. */
static inline void *guest_memory_at(const struct guest_memory *memory,
                                    guest_addr_t addr, uint64_t size_bytes)
{
    if (!guest_range_inside(addr.value, size_bytes, memory->start, memory->end))
        return NULL;
    return memory->host + (addr.value - memory->start);
}

/* VALUE, rounded up to a multiple of TO, a power of two. */
static inline uint64_t round_up(uint64_t value, uint64_t to)
{
    return (value + to - 1) & ~(to - 1);
}
