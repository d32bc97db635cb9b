/* SPDX-License-Identifier: ISC */
/* One console write of far more bytes than a page or a pipe takes at once. */
#include "guest.h"

static char text[200000];

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (i % 50 == 49) ? '\n' : (char)('a' + i / 50 % 26);
    solo5_console_write(text, sizeof text);
    solo5_console_write(text, 0);
    return success();
}
