/* SPDX-License-Identifier: ISC */
/* Writes one line of its own; what else appears is the bindings' log. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    say(info->cmdline);
    say("\n");
    return success();
}
