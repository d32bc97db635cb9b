/* SPDX-License-Identifier: ISC */
/* Says how long its command line is, and how it ends. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    size_t length = text_length(info->cmdline);

    say_number("length ", length);
    if (length > 0)
        solo5_console_write(info->cmdline + length - 1, 1);
    say("\n");
    return success();
}
