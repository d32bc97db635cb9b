/* SPDX-License-Identifier: ISC */
/* Goes on when nobody listens, and says so by its status. */
#include "guest.h"

static char text[10000];

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    memset(text, 'x', sizeof text);
    for (int i = 0; i < 100; i++)
        solo5_console_write(text, sizeof text);
    solo5_console_write(text, 1);
    return 7;
}
