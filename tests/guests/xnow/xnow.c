/* SPDX-License-Identifier: ISC */
/* Writes to its own text. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    say("before\n");
    *opaque((uintptr_t)&solo5_app_main) = 0;
    return success();
}
