/* SPDX-License-Identifier: ISC */
/* Writes its arguments: the shortest way through everything. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    say("Hello, World\nargs: '");
    say(info->cmdline);
    say("'\n");
    return success();
}
