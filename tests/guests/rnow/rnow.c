/* SPDX-License-Identifier: ISC */
/* Writes to its own constants. */
#include "guest.h"

static const uint8_t constant[64] = {1, 2, 3};

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    say("before\n");
    *opaque((uintptr_t)constant) = 0;
    return success();
}
