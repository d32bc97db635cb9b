/* SPDX-License-Identifier: ISC */
/* 63 networks, each with one frame that waits: its number. */
#include "guest.h"

#define COUNT 63
#define ALL (UINT64_MAX - 1) /* handle 0 is none */

int solo5_app_main(const struct solo5_start_info *info)
{
    static uint8_t frame[2048];
    static char name[] = "net00";
    struct solo5_net_info net;
    solo5_handle_set_t ready;
    solo5_handle_t handle;
    size_t size;

    (void)info;
    for (uint64_t i = 0; i < COUNT; i++) {
        text_from_number(name + 3, i);
        CHECK(solo5_net_acquire(name, &handle, &net) == SOLO5_R_OK);
        CHECK(handle == i + 1);
    }
    solo5_yield(UINT64_MAX, &ready);
    CHECK(ready == ALL);
    solo5_yield(0, &ready);
    CHECK(ready == ALL);
    for (uint64_t i = 0; i < COUNT; i++) {
        CHECK(solo5_net_read(i + 1, frame, sizeof frame, &size) == SOLO5_R_OK);
        CHECK(size == 60 && frame[14] == i);
        solo5_yield(0, &ready);
        CHECK(ready == (ALL & ~(((solo5_handle_set_t)2 << (i + 1)) - 1)));
    }
    return success();
}
