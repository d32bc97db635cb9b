/* SPDX-License-Identifier: ISC */
/*
 * Block devices: content, bounds, several blocks at once, and errors of the
 * host. The first argument says which; images hold the cases' pattern.
 */
#include "guest.h"

#define MAX_BLOCK 32768

static _Alignas(4096) uint8_t buffer[4 * MAX_BLOCK];
static solo5_handle_t disk;
static struct solo5_block_info block;

static void fill(uint64_t offset, size_t size, uint8_t salt)
{
    for (size_t i = 0; i < size; i++)
        buffer[i] = image_pattern(offset + i) ^ salt;
}

static bool holds(uint64_t offset, size_t size, uint8_t salt)
{
    for (size_t i = 0; i < size; i++)
        if (buffer[i] != (image_pattern(offset + i) ^ salt))
            return false;
    return true;
}

/* Reads block NUMBER as the case made it, changes it, and reads it back. */
static void pass(uint64_t number)
{
    uint64_t offset = number * block.block_size;

    CHECK(solo5_block_read(disk, offset, buffer, block.block_size) ==
          SOLO5_R_OK);
    CHECK(holds(offset, block.block_size, 0));
    fill(offset, block.block_size, 0x5a);
    CHECK(solo5_block_write(disk, offset, buffer, block.block_size) ==
          SOLO5_R_OK);
    memset(buffer, 0, block.block_size);
    CHECK(solo5_block_read(disk, offset, buffer, block.block_size) ==
          SOLO5_R_OK);
    CHECK(holds(offset, block.block_size, 0x5a));
}

static void check_both(solo5_off_t offset, size_t size, solo5_result_t result)
{
    CHECK(solo5_block_read(disk, offset, buffer, size) == result);
    CHECK(solo5_block_write(disk, offset, buffer, size) == result);
}

static void check_bounds(void)
{
    size_t size = block.block_size;
    uint64_t end = block.capacity;

    memset(buffer, 0, sizeof buffer);
    check_both(end - size, size, SOLO5_R_OK);
    check_both(end, size, SOLO5_R_EINVAL);
    check_both(end - size + 1, size, SOLO5_R_EINVAL);
    check_both(end - size, 2 * size, SOLO5_R_EINVAL);
    check_both(1, size, SOLO5_R_EINVAL);
    check_both(0, size - 1, SOLO5_R_EINVAL);
    check_both(0, size + 1, SOLO5_R_EINVAL);
    /* Sums that wrap. */
    check_both(UINT64_MAX - size + 1, size, SOLO5_R_EINVAL);
    check_both(UINT64_MAX - size + 1, 2 * size, SOLO5_R_EINVAL);
    check_both(size, SIZE_MAX - size + 1, SOLO5_R_EINVAL);
    check_both((uint64_t)1 << 63, size, SOLO5_R_EINVAL);
}

static void check_several(void)
{
    size_t size = 4 * block.block_size;

    CHECK(solo5_block_read(disk, block.block_size, buffer, size) == SOLO5_R_OK);
    CHECK(holds(block.block_size, size, 0));
    fill(block.block_size, size, 0x33);
    CHECK(solo5_block_write(disk, block.block_size, buffer, size) ==
          SOLO5_R_OK);
    memset(buffer, 0, size);
    CHECK(solo5_block_read(disk, block.block_size, buffer, size) == SOLO5_R_OK);
    CHECK(holds(block.block_size, size, 0x33));
}

/* The image is a hole in a file system that has no room for it. */
static void check_no_room(void)
{
    solo5_result_t result = SOLO5_R_OK;

    memset(buffer, 0x11, sizeof buffer);
    for (uint64_t at = 0; at < block.capacity && result == SOLO5_R_OK;
         at += block.block_size)
        result = solo5_block_write(disk, at, buffer, block.block_size);
    CHECK(result == SOLO5_R_EUNSPEC);
    CHECK(solo5_block_read(disk, 0, buffer, block.block_size) == SOLO5_R_OK);
    CHECK(buffer[0] == 0x11);
}

/* Someone cuts the image while the guest runs. */
static void check_truncated(void)
{
    solo5_time_t give_up = solo5_clock_monotonic() + 5000000000;
    solo5_result_t result = SOLO5_R_OK;

    CHECK(solo5_block_read(disk, 0, buffer, block.block_size) == SOLO5_R_OK);
    say("READY\n");
    while (result == SOLO5_R_OK && solo5_clock_monotonic() < give_up)
        result = solo5_block_read(disk, 0, buffer, block.block_size);
    CHECK(result == SOLO5_R_EUNSPEC);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const char *what = info->cmdline;

    CHECK(solo5_block_acquire("disk", &disk, &block) == SOLO5_R_OK);
    CHECK(block.block_size >= 512 && block.block_size <= MAX_BLOCK);
    CHECK(block.capacity % block.block_size == 0);
    say_number("block_size ", block.block_size);
    say_number("capacity ", block.capacity);
    if (text_equal(what, "ends")) {
        pass(0);
        pass(1);
        pass(block.capacity / block.block_size - 1);
    } else if (text_equal(what, "all")) {
        for (uint64_t n = 0; n < block.capacity / block.block_size; n++)
            pass(n);
    } else if (text_equal(what, "one")) {
        pass(0);
    } else if (text_equal(what, "bounds")) {
        check_bounds();
    } else if (text_equal(what, "several")) {
        check_several();
    } else if (text_equal(what, "no-room")) {
        check_no_room();
    } else if (text_equal(what, "truncated")) {
        check_truncated();
    } else {
        return SOLO5_EXIT_FAILURE;
    }
    return success();
}
