/* SPDX-License-Identifier: ISC */
/*
 * Leaves its processor in each way, named by the first argument, in which a
 * guest that has been taken over can, but for a hypercall; or in one that is no
 * fault.
 */
#include "guest.h"

#if __has_include("guest_crash.h")

#include "guest_crash.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    if (text_equal(info->cmdline, "not")) {
        crash_not();
        return success();
    }
    say(crash(info->cmdline) ? "after\n" : "no such way\n");
    return SOLO5_EXIT_FAILURE;
}

#else

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    return SOLO5_EXIT_FAILURE;
}

#endif
