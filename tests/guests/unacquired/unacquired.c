/* SPDX-License-Identifier: ISC */
/* Uses handles that it has no right to. */
#include "guest.h"

static uint8_t buffer[4096];

int solo5_app_main(const struct solo5_start_info *info)
{
    const char *what = info->cmdline;
    struct solo5_block_info block;
    struct solo5_net_info net;
    solo5_handle_t disk, service;
    size_t size;

    if (text_equal(what, "block_read"))
        (void)solo5_block_read(1, 0, buffer, 512);
    else if (text_equal(what, "block_write"))
        (void)solo5_block_write(1, 0, buffer, 512);
    else if (text_equal(what, "net_read"))
        (void)solo5_net_read(2, buffer, sizeof buffer, &size);
    else if (text_equal(what, "net_write"))
        (void)solo5_net_write(2, buffer, 64);
    else if (text_equal(what, "zero"))
        (void)solo5_block_read(0, 0, buffer, 512);
    else if (text_equal(what, "huge"))
        (void)solo5_block_read(UINT64_MAX, 0, buffer, 512);
    CHECK(solo5_block_acquire("disk", &disk, &block) == SOLO5_R_OK);
    CHECK(solo5_net_acquire("service", &service, &net) == SOLO5_R_OK);
    if (text_equal(what, "net-as-block"))
        (void)solo5_block_write(service, 0, buffer, 512);
    else if (text_equal(what, "block-as-net"))
        (void)solo5_net_write(disk, buffer, 64);
    say("FAILED: still here\n");
    return SOLO5_EXIT_FAILURE;
}
