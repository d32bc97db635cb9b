/* SPDX-License-Identifier: ISC */
/*
 * Where a debugger wants the guest to stop: instructions in its memory, and
 * points that its processor looks after.
 */
#pragma once

#include "debug.h"
#include "machine.h"

#define POINTS_MAX 64
#define POINTS_INSTRUCTION_MAX 8 /* bytes */

struct points {
    struct machine *machine;
    uint32_t count;
    struct debug_point point[POINTS_MAX];
    /* While they are planted: what was there before. */
    uint8_t below[POINTS_MAX][POINTS_INSTRUCTION_MAX];
};

/*
 * Puts the instructions of breakpoints into the guest's memory, and takes them
 * out again: they are there while the guest's processor runs, and at no other
 * time. So whoever reads or writes that memory meanwhile, be it the debugger,
 * a core or a hypercall, finds the program's own bytes, and leaves them so.
 */
void points_plant(struct points *points);
void points_lift(struct points *points);

/* Returns BYTES bytes of the guest's memory at ADDR, or NULL. */
uint8_t *points_memory(const struct points *points, guest_addr_t addr,
                       uint64_t bytes);
/* Writes there, instructions or not. */
void points_memory_write(uint8_t *to, const uint8_t *from, size_t bytes);

/* Sets a point. Returns whether there is room for it, and memory. */
bool points_add(struct points *points, const struct debug_point *point);
/* Removes a point, if it is set; or all of them. */
void points_remove(struct points *points, const struct debug_point *point);
void points_forget(struct points *points);

/* Makes them count, and a STEP of one instruction. Returns 0, or -errno with a
 * line. */
int points_use(const struct points *points, bool step);

/* Tells whether a breakpoint's instruction stands at ADDR. */
bool points_has_breakpoint(const struct points *points, guest_addr_t addr);

/* Where the guest touched what was watched. */
guest_addr_t points_touched(const struct points *points,
                            const struct debug_stop *stop);
