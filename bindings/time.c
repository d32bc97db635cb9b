/* SPDX-License-Identifier: ISC */
/* Clocks and waiting, as programs see them. */
#include "hooks.h"

/* What the clock has told last. */
static solo5_time_t last;

solo5_time_t solo5_clock_monotonic(void)
{
    solo5_time_t now = target_clock_monotonic();

    /* Hosts whose counters differ between processors are not unheard of. */
    if (now > last)
        last = now;
    return last;
}

solo5_time_t solo5_clock_wall(void)
{
    return target_clock_wall();
}

void solo5_yield(solo5_time_t deadline, solo5_handle_set_t *ready_set)
{
    /* What has passed once has passed: no clock need be read for that. */
    solo5_handle_set_t ready = target_yield(deadline > last ? deadline : 0);

    if (ready_set != NULL)
        *ready_set = ready;
}
