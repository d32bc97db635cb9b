/* SPDX-License-Identifier: ISC */
/* Breakpoints and watchpoints. Contract: points.h. */
#include "points.h"

#include <string.h>

uint8_t *points_memory(const struct points *points, guest_addr_t addr,
                       uint64_t bytes)
{
    return guest_memory_at(&points->machine->memory, addr, bytes);
}

void points_memory_write(uint8_t *to, const uint8_t *from, size_t bytes)
{
    memcpy(to, from, bytes);
    __builtin___clear_cache((char *)to, (char *)to + bytes);
}

/* Lists the points that are the processor's. Returns how many there are. */
static size_t hardware_list(const struct points *points,
                            struct debug_point list[POINTS_MAX])
{
    size_t count = 0;

    for (uint32_t i = 0; i < points->count; i++) {
        if (points->point[i].kind == DEBUG_SOFTWARE)
            continue;
        list[count] = points->point[i];
        count++;
    }
    return count;
}

int points_use(const struct points *points, bool step)
{
    struct debug_point hardware[POINTS_MAX];
    size_t count = hardware_list(points, hardware);

    return debug_stop_at(points->machine->hypervisor, step, hardware, count);
}

/* Returns the index of a point; the count, if it is not set. */
static uint32_t find(const struct points *points,
                     const struct debug_point *point)
{
    for (uint32_t i = 0; i < points->count; i++) {
        const struct debug_point *each = &points->point[i];

        if (each->kind == point->kind && each->bytes == point->bytes &&
            each->addr.value == point->addr.value)
            return i;
    }
    return points->count;
}

/* Where the instruction of point INDEX belongs; NULL: it has none. */
static uint8_t *instruction_at(const struct points *points, uint32_t index)
{
    const struct debug_point *point = &points->point[index];

    if (point->kind != DEBUG_SOFTWARE)
        return NULL;
    return points_memory(points, point->addr, debug_breakpoint_bytes);
}

void points_plant(struct points *points)
{
    for (uint32_t i = 0; i < points->count; i++) {
        uint8_t *at = instruction_at(points, i);

        if (at == NULL)
            continue;
        memcpy(points->below[i], at, debug_breakpoint_bytes);
        points_memory_write(at, debug_breakpoint, debug_breakpoint_bytes);
    }
}

/* The last one first: what is below it may be a part of another. */
void points_lift(struct points *points)
{
    for (uint32_t i = points->count; i > 0; i--) {
        uint8_t *at = instruction_at(points, i - 1);
        uint8_t own[POINTS_INSTRUCTION_MAX];

        if (at == NULL)
            continue;
        /* Among data, the guest may have written there. */
        for (size_t j = 0; j < debug_breakpoint_bytes; j++)
            own[j] =
                at[j] == debug_breakpoint[j] ? points->below[i - 1][j] : at[j];
        points_memory_write(at, own, debug_breakpoint_bytes);
    }
}

void points_remove(struct points *points, const struct debug_point *point)
{
    uint32_t index = find(points, point);

    if (index == points->count)
        return;
    points->count--;
    points->point[index] = points->point[points->count];
}

bool points_add(struct points *points, const struct debug_point *point)
{
    uint32_t index = find(points, point);
    bool fits;

    if (index < points->count)
        return true;
    if (index == POINTS_MAX)
        return false;
    points->point[index] = *point;
    points->count++;
    fits = point->kind == DEBUG_SOFTWARE ? instruction_at(points, index) != NULL
                                         : points_use(points, false) == 0;
    points->count -= !fits;
    return fits;
}

void points_forget(struct points *points)
{
    points->count = 0;
    points_use(points, false);
}

bool points_has_breakpoint(const struct points *points, guest_addr_t addr)
{
    for (uint32_t i = 0; i < points->count; i++)
        if (points->point[i].kind == DEBUG_SOFTWARE &&
            points->point[i].addr.value == addr.value)
            return true;
    return false;
}

guest_addr_t points_touched(const struct points *points,
                            const struct debug_stop *stop)
{
    struct debug_point hardware[POINTS_MAX] = {0};

    if (stop->has_addr)
        return stop->addr;
    hardware_list(points, hardware);
    return hardware[stop->point].addr;
}
