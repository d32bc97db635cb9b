/* SPDX-License-Identifier: ISC */
/* 63 devices: even numbers are block devices, odd ones networks. */
#include "guest.h"

static uint8_t buffer[2048];
static char name[] = "xxx00";

static const char *device_name(const char *kind, uint64_t number)
{
    memcpy(name, kind, 3);
    text_from_number(name + 3, number);
    return name;
}

static void use_block(uint64_t number)
{
    struct solo5_block_info block;
    solo5_handle_t disk;

    CHECK(solo5_block_acquire(device_name("blk", number), &disk, &block) ==
          SOLO5_R_OK);
    CHECK(disk == number + 1);
    /* Each image has a size of its own, so none is taken for another. */
    CHECK(block.capacity == 512 * (number + 1));
    CHECK(solo5_block_read(disk, 512 * number, buffer, 512) == SOLO5_R_OK);
    CHECK(buffer[5] == image_pattern(512 * number + 5));
    CHECK(solo5_block_write(disk, 512 * number, buffer, 512) == SOLO5_R_OK);
}

static void use_net(uint64_t number)
{
    struct solo5_net_info net;
    solo5_handle_t handle;
    size_t size;
    solo5_result_t result;

    CHECK(solo5_net_acquire(device_name("net", number), &handle, &net) ==
          SOLO5_R_OK);
    CHECK(handle == number + 1);
    memset(buffer, 0xff, 12);
    CHECK(solo5_net_write(handle, buffer, 64) == SOLO5_R_OK);
    do /* what the host's kernel had to say */
        result = solo5_net_read(handle, buffer, sizeof buffer, &size);
    while (result == SOLO5_R_OK);
    CHECK(result == SOLO5_R_AGAIN);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    for (uint64_t number = 0; number < 63; number++) {
        if (number % 2 == 0)
            use_block(number);
        else
            use_net(number);
    }
    solo5_yield(0, NULL);
    return success();
}
