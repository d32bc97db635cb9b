/* SPDX-License-Identifier: ISC */
/* Asks for devices: known, unknown, of the other kind, and once more. */
#include "guest.h"

static const char too_long[] =
    "0123456789012345678901234567890123456789012345678901234567890123456789";

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_block_info block;
    struct solo5_net_info net;
    solo5_handle_t disk = 0, service = 0, other = 77;

    (void)info;
    CHECK(solo5_block_acquire("service", &other, &block) == SOLO5_R_EINVAL);
    CHECK(solo5_net_acquire("disk", &other, &net) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire("nothing", &other, &block) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire("", &other, &block) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire("dis", &other, &block) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire("disks", &other, &block) == SOLO5_R_EINVAL);
    CHECK(solo5_block_acquire(too_long, &other, &block) == SOLO5_R_EINVAL);
    CHECK(other == 77);

    CHECK(solo5_block_acquire("disk", &disk, &block) == SOLO5_R_OK);
    CHECK(solo5_net_acquire("service", &service, &net) == SOLO5_R_OK);
    CHECK(disk == 1 && service == 2);
    CHECK(block.capacity == 4096 && block.block_size == 512);
    CHECK(net.mtu == 1500);
    CHECK(net.mac_address[0] == 0x02 && net.mac_address[5] == 0x2a);

    CHECK(solo5_block_acquire("disk", &other, &block) == SOLO5_R_EINVAL);
    CHECK(solo5_net_acquire("service", &other, &net) == SOLO5_R_EINVAL);
    CHECK(other == 77);
    return success();
}
