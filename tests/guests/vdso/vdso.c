/* SPDX-License-Identifier: ISC */
/* Finds what the tender tells beyond the contract, and calls it. */
#include "guest.h"
#include "spt_abi.h"

#define CLOCK_MONOTONIC 1

struct timespec {
    int64_t tv_sec;
    int64_t tv_nsec;
};

typedef int clock_gettime_fn(int clock, struct timespec *time);

int solo5_app_main(const struct solo5_start_info *info)
{
    const struct spt_boot_ext *ext = (const void *)(uintptr_t)SPT_BOOT_EXT_BASE;
    struct timespec time;
    solo5_time_t before, now, after;

    (void)info;
    CHECK(ext->magic == SPT_BOOT_EXT_MAGIC);
    CHECK(ext->size >= sizeof *ext);
    CHECK(ext->clock_gettime != 0);
    before = solo5_clock_monotonic();
    CHECK(((clock_gettime_fn *)ext->clock_gettime)(CLOCK_MONOTONIC, &time) ==
          0);
    after = solo5_clock_monotonic();
    now = (solo5_time_t)time.tv_sec * 1000000000 + (solo5_time_t)time.tv_nsec;
    CHECK(before <= now && now <= after);
    return success();
}
