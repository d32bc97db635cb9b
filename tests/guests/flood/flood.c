/* SPDX-License-Identifier: ISC */
/*
 * Writes as many MiB as its argument says, of bytes that a terminal must not
 * get: lines of an escape sequence and of what is no UTF-8.
 */
#include "guest.h"

#define LINE 64

static char text[1 << 16];

static unsigned number(const char *digits)
{
    unsigned value = 0;

    while (*digits >= '0' && *digits <= '9')
        value = value * 10 + (unsigned)(*digits++ - '0');
    return value;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    unsigned pieces = number(info->cmdline) << 4;

    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < sizeof text; i += LINE) {
        memcpy(text + i, "\033[31m\xff", 6);
        text[i + LINE - 1] = '\n';
    }
    solo5_console_write("BEGIN\n", 6);
    for (unsigned i = 0; i < pieces; i++)
        solo5_console_write(text, sizeof text);
    return success();
}
