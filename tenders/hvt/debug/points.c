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

static void remove_at(struct points *points, uint32_t index)
{
    const struct debug_point *point = &points->point[index];
    uint8_t *at = points_memory(points, point->addr, debug_breakpoint_bytes);

    if (point->kind == DEBUG_SOFTWARE && at != NULL)
        points_memory_write(at, points->below[index], debug_breakpoint_bytes);
    points->count--;
    points->point[index] = points->point[points->count];
    memcpy(points->below[index], points->below[points->count],
           sizeof points->below[index]);
}

void points_remove(struct points *points, const struct debug_point *point)
{
    uint32_t index = find(points, point);

    if (index < points->count)
        remove_at(points, index);
}

bool points_add(struct points *points, const struct debug_point *point)
{
    uint32_t index = find(points, point);
    uint8_t *at = points_memory(points, point->addr, debug_breakpoint_bytes);

    if (index < points->count)
        return true;
    if (index == POINTS_MAX || (point->kind == DEBUG_SOFTWARE && at == NULL))
        return false;
    points->point[index] = *point;
    points->count++;
    if (point->kind == DEBUG_SOFTWARE) {
        memcpy(points->below[index], at, debug_breakpoint_bytes);
        points_memory_write(at, debug_breakpoint, debug_breakpoint_bytes);
    } else if (points_use(points, false) < 0) {
        points->count--;
        return false;
    }
    return true;
}

void points_forget(struct points *points)
{
    while (points->count > 0)
        remove_at(points, 0);
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
