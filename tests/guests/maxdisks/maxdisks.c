/* SPDX-License-Identifier: ISC */
/* 63 disks, each of a size of its own: marks the last block of each. */
#include "guest.h"

static uint8_t buffer[512];

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    for (uint64_t number = 0; number < 63; number++) {
        char name[24] = "blk";
        struct solo5_block_info block;
        solo5_handle_t disk;

        text_from_number(name + 3, number);
        CHECK(solo5_block_acquire(name, &disk, &block) == SOLO5_R_OK);
        CHECK(block.capacity == 512 * (number + 1));
        CHECK(solo5_block_read(disk, 512 * number, buffer, 512) == SOLO5_R_OK);
        CHECK(buffer[5] == image_pattern(512 * number + 5));
        memset(buffer, (int)number, sizeof buffer);
        CHECK(solo5_block_write(disk, 512 * number, buffer, 512) == SOLO5_R_OK);
    }
    return success();
}
