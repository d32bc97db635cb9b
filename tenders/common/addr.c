/* SPDX-License-Identifier: ISC */
/* Guest address checks. Contract: addr.h. */
#include "addr.h"

#include <stddef.h>

bool guest_range_inside(uint64_t addr, uint64_t size_bytes, uint64_t start,
                        uint64_t end)
{
    return start <= end && addr >= start && addr <= end &&
           size_bytes <= end - addr;
}

void *guest_memory_at(const struct guest_memory *memory, guest_addr_t addr,
                      uint64_t size_bytes)
{
    if (!guest_range_inside(addr.value, size_bytes, memory->start, memory->end))
        return NULL;
    return memory->host + (addr.value - memory->start);
}
