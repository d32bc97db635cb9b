/* SPDX-License-Identifier: ISC */
/* Uses thread-local data before there is any, in the way that it is told. */
#include "guest.h"

static _Thread_local volatile int data = 1;

int solo5_app_main(const struct solo5_start_info *info)
{
    say("before\n");
    if (text_equal(info->cmdline, "write"))
        data = 2;
    else
        say(data == 1 ? "read 1\n" : "read something\n");
    say("after\n");
    return success();
}
