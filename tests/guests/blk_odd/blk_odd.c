/* SPDX-License-Identifier: ISC */
/* Says what the tender made of an image. */
#include "guest.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct solo5_block_info block;
    solo5_handle_t disk;

    (void)info;
    CHECK(solo5_block_acquire("disk", &disk, &block) == SOLO5_R_OK);
    say_number("block_size ", block.block_size);
    say_number("capacity ", block.capacity);
    return success();
}
