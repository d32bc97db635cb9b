/* SPDX-License-Identifier: ISC */
/* Contract: points.h. */
#include "points.h"

#include <string.h>

uint8_t *points_memory(const struct points *points, uint64_t addr,
                       uint64_t bytes)
{
    return guest_memory_at(&points->machine->memory, (guest_addr_t){addr},
                           bytes);
}

void points_memory_write(uint8_t *to, const uint8_t *from, size_t bytes)
{
    memcpy(to, from, bytes);
    __builtin___clear_cache((char *)to, (char *)to + bytes);
}

int points_use(const struct points *points, bool step)
{
    struct debug_point hardware[POINTS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < points->count; i++)
        if (points->point[i].kind != DEBUG_SOFTWARE)
            hardware[count++] = points->point[i];
    return debug_stop_at(points->machine->hypervisor, step, hardware, count);
}

static uint32_t find(const struct points *points,
                     const struct debug_point *point)
{
    uint32_t i = 0;

    while (i < points->count && (points->point[i].kind != point->kind ||
                                 points->point[i].addr != point->addr ||
                                 points->point[i].bytes != point->bytes))
        i++;
    return i;
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

int points_add(struct points *points, const struct debug_point *point)
{
    uint32_t index = find(points, point);
    uint8_t *at = points_memory(points, point->addr, debug_breakpoint_bytes);

    if (index < points->count)
        return 0;
    if (index == POINTS_MAX || (point->kind == DEBUG_SOFTWARE && at == NULL))
        return -1;
    points->point[index] = *point;
    points->count++;
    if (point->kind == DEBUG_SOFTWARE) {
        memcpy(points->below[index], at, debug_breakpoint_bytes);
        points_memory_write(at, debug_breakpoint, debug_breakpoint_bytes);
    } else if (points_use(points, false) < 0) {
        points->count--;
        return -1;
    }
    return 0;
}

void points_forget(struct points *points)
{

    while (points->count > 0)
        remove_at(points, 0);
    points_use(points, false);
}

bool points_has_breakpoint(const struct points *points, uint64_t addr)
{
    for (uint32_t i = 0; i < points->count; i++)
        if (points->point[i].kind == DEBUG_SOFTWARE &&
            points->point[i].addr == addr)
            return true;
    return false;
}

uint64_t points_touched(const struct points *points,
                        const struct debug_stop *stop)
{
    size_t hardware = 0;

    if (stop->has_addr)
        return stop->addr;
    for (uint32_t i = 0; i < points->count; i++)
        if (points->point[i].kind != DEBUG_SOFTWARE &&
            hardware++ == stop->point)
            return points->point[i].addr;
    return 0;
}
