/* SPDX-License-Identifier: ISC */
/* The console, as programs see it. */
#include "hooks.h"

void solo5_console_write(const char *buf, size_t size)
{
    target_console_write(buf, size);
}
