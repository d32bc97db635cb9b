/* SPDX-License-Identifier: ISC */
/* Spins for ever, or sleeps; for tests that end it from outside. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    static volatile int never;

    say("READY\n");
    while (never == 0)
        if (text_equal(info->cmdline, "sleep"))
            solo5_yield(UINT64_MAX, NULL);
    return SOLO5_EXIT_FAILURE;
}
