/* SPDX-License-Identifier: ISC */
/* Clocks: the processor's counter; only the time of day is asked for. */
#include "arch.h"
#include "exit.h"
#include "hooks.h"
#include "machine.h"
#include "ticks.h"

/* For less than this the time of day goes by the counter alone, ns: a clock
 * that is set, or a host that slept, is followed soon enough, at hardly any
 * cost. */
#define WALL_AGE_MAX 1000000000u

static struct ticks ticks;
static uint64_t wall_base, wall_asked_at;

void clock_init(uint64_t frequency)
{
    if (frequency == 0)
        abort_because("clock", "the frequency of the counter is not known");
    ticks = ticks_of(frequency);
}

uint64_t target_clock_monotonic(void)
{
    return ticks_to_ns(&ticks, arch_ticks());
}

uint64_t target_clock_wall(void)
{
    uint64_t now = target_clock_monotonic();

    if (wall_base == 0 || now - wall_asked_at >= WALL_AGE_MAX) {
        wall_base = target_ask_time();
        wall_asked_at = now;
    }
    return wall_base + (now - wall_asked_at);
}
