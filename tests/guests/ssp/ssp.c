/* SPDX-License-Identifier: ISC */
/* The stack protector: its guard, and what happens when it is gone. */
#include "guest.h"

extern uintptr_t __stack_chk_guard;

__attribute__((noinline)) static void smash(size_t size)
{
    volatile char small[16];

    for (size_t i = 0; i < size; i++)
        *opaque((uintptr_t)small + i) = 'x';
}

int solo5_app_main(const struct solo5_start_info *info)
{
    if (text_equal(info->cmdline, "guard")) {
        say_number("", __stack_chk_guard);
        /* String functions that run off a buffer stop at it. */
        CHECK((__stack_chk_guard & 0xff) == 0);
        CHECK(__stack_chk_guard != 0);
        return success();
    }
    smash(16);
    say("whole\n");
    smash(64);
    say("FAILED: nobody noticed\n");
    return SOLO5_EXIT_FAILURE;
}
