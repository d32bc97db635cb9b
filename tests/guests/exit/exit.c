/* SPDX-License-Identifier: ISC */
/* Ends in each way that a program can choose. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    say("before\n");
    if (text_equal(info->cmdline, "return"))
        return 42;
    if (text_equal(info->cmdline, "exit"))
        solo5_exit(254);
    if (text_equal(info->cmdline, "abort"))
        solo5_abort();
    return SOLO5_EXIT_SUCCESS;
}
