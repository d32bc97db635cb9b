/* SPDX-License-Identifier: ISC */
/*
 * Watches the time of day while somebody sets the host's clock: the argument
 * says by how many seconds, ahead or, with a sign, back. The block device
 * begins with a zero until that is done. From a second later on, the new time
 * is what this guest reads.
 */
#include "guest.h"

#define SECOND INT64_C(1000000000)

static int64_t number_of(const char *text)
{
    const bool is_negative = *text == '-';
    int64_t value = 0;

    for (text += is_negative; *text != '\0'; text++)
        value = 10 * value + (*text - '0');
    return is_negative ? -value : value;
}

static bool is_done(solo5_handle_t disk)
{
    static uint8_t block[512];

    CHECK(solo5_block_read(disk, 0, block, sizeof block) == SOLO5_R_OK);
    return block[0] != 0;
}

/* How far the time of day is ahead of the clock that cannot be set, ns. */
static int64_t wall_ahead(void)
{
    return (int64_t)(solo5_clock_wall() - solo5_clock_monotonic());
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const int64_t wanted = SECOND * number_of(info->cmdline);
    struct solo5_block_info block;
    solo5_handle_t disk;
    solo5_time_t done_at;
    int64_t before, step;

    CHECK(solo5_block_acquire("disk", &disk, &block) == SOLO5_R_OK);
    before = wall_ahead();
    say("READY\n");
    while (!is_done(disk))
        solo5_yield(solo5_clock_monotonic() + SECOND / 100, NULL);
    done_at = solo5_clock_monotonic();
    /* Who looks all the time learns it no later. */
    while (solo5_clock_monotonic() < done_at + SECOND) {
        wall_ahead();
        solo5_yield(solo5_clock_monotonic() + SECOND / 100, NULL);
    }
    step = wall_ahead() - before;
    /* The machine may be busy between two readings. */
    CHECK(step > wanted - 5 * SECOND);
    CHECK(step < wanted + 5 * SECOND);
    return success();
}
