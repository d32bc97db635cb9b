/* SPDX-License-Identifier: ISC */
/* Ends in each way that a program can choose. */
#include "guest.h"

/* The number that TEXT is; a minus sign may stand before it. */
static int number_from_text(const char *text)
{
    const bool negative = *text == '-';
    uint32_t value = 0;

    for (text += negative; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint32_t)(*text - '0');
    return (int)(negative ? -value : value);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    say("before\n");
    if (text_equal(info->cmdline, "return"))
        return 42;
    if (text_equal(info->cmdline, "exit"))
        solo5_exit(254);
    if (text_equal(info->cmdline, "abort"))
        solo5_abort();
    if (!text_equal(info->cmdline, "none"))
        solo5_exit(number_from_text(info->cmdline));
    return SOLO5_EXIT_SUCCESS;
}
