/* SPDX-License-Identifier: ISC */
/* Executes a trap instruction. */
#include "guest.h"
#include "guest_arch.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    say("before\n");
    TRAP();
    return success();
}
