/* SPDX-License-Identifier: ISC */
/* Touches memory that is not the guest's: below, above and between. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    uintptr_t top = info->heap_start + info->heap_size;

    if (text_equal(info->cmdline, "read"))
        say_number("read ", *opaque(0));
    else if (text_equal(info->cmdline, "write"))
        *opaque(8) = 1;
    else if (text_equal(info->cmdline, "call"))
        ((void (*)(void))(uintptr_t)opaque(0))();
    else if (text_equal(info->cmdline, "top"))
        *opaque(top) = 1;
    else if (text_equal(info->cmdline, "gap"))
        *opaque(0x80000) = 1;
    else if (text_equal(info->cmdline, "tender"))
        *opaque(0x11000) = 1;
    else
        return SOLO5_EXIT_FAILURE;
    return success();
}
