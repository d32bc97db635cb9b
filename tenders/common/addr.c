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

void *guest_memory_to_write(const struct guest_memory *memory,
                            guest_addr_t addr, uint64_t size_bytes)
{
    void *at = guest_memory_at(memory, addr, size_bytes);

    if (at == NULL)
        return NULL;
    /* Inside memory, so the sum cannot wrap. */
    for (uint32_t i = 0; i < memory->read_only_count; i++)
        if (addr.value < memory->read_only[i].end &&
            addr.value + size_bytes > memory->read_only[i].start)
            return NULL;
    return at;
}
