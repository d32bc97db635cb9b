/* SPDX-License-Identifier: ISC */
/*
 * Has a secret wherever a guest can have one: data, heap, stack. No register
 * has room for it, and no file holds it. With an argument, waits to be ended.
 */
#include "guest.h"

#define SECRET_BYTES 256
#define HEAP_BYTES 0x100000 /* of it */

static uint8_t data[SECRET_BYTES] = {1};
static uint8_t zeroes[SECRET_BYTES];

/* Byte I is 0xa5 ^ I; the test looks for them. */
static void put(uint8_t *at)
{
    for (int i = 0; i < SECRET_BYTES; i++)
        opaque((uintptr_t)at)[i] = (uint8_t)(0xa5 ^ i);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    uint8_t stack[SECRET_BYTES];

    put(data);
    put(zeroes);
    put(stack);
    for (size_t at = 0; at < HEAP_BYTES; at += 4096)
        put((uint8_t *)info->heap_start + at);
    say("READY\n");
    while (!text_equal(info->cmdline, ""))
        solo5_yield(UINT64_MAX, NULL);
    return success();
}
