/* SPDX-License-Identifier: ISC */
/* Both clocks: never backwards, advancing, at the same pace. */
#include "guest.h"

#define SECOND UINT64_C(1000000000)

int solo5_app_main(const struct solo5_start_info *info)
{
    solo5_time_t start = solo5_clock_monotonic(), last = start;
    solo5_time_t wall = solo5_clock_wall();
    solo5_time_t elapsed, wall_elapsed;

    (void)info;
    /* 2024-01-01 and 2100-01-01. */
    CHECK(wall > 1704067200 * SECOND && wall < 4102444800 * SECOND);
    for (int i = 0; i < 10000; i++) {
        solo5_time_t now = solo5_clock_monotonic();

        CHECK(now >= last);
        last = now;
    }
    CHECK(last > start);
    solo5_yield(start + SECOND / 5, NULL);
    elapsed = solo5_clock_monotonic() - start;
    wall_elapsed = solo5_clock_wall() - wall;
    CHECK(elapsed >= SECOND / 5);
    /* The machine may be busy between the two readings, and its wall clock
     * may be stepped; a wrong unit would be off by a factor. */
    CHECK(wall_elapsed >= SECOND / 10 && wall_elapsed < elapsed + 5 * SECOND);
    return success();
}
