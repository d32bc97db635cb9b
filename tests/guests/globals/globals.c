/* SPDX-License-Identifier: ISC */
/* What the loader must have done before the first instruction. */
#include "guest.h"

static volatile uint64_t initialised = 0x0123456789abcdef;
static volatile const uint32_t constant = 0xfeedface;
static volatile uint8_t zeroed[100000];
static _Alignas(4096) volatile uint8_t aligned[4096] = {1};
static volatile uint64_t *volatile pointer = &initialised;

int solo5_app_main(const struct solo5_start_info *info)
{
    volatile uint8_t *heap = (volatile uint8_t *)info->heap_start;

    CHECK(initialised == 0x0123456789abcdef);
    CHECK(constant == 0xfeedface);
    CHECK(pointer == &initialised && *pointer == initialised);
    CHECK((uintptr_t)aligned % 4096 == 0 && aligned[0] == 1 &&
          aligned[4095] == 0);
    for (size_t i = 0; i < sizeof zeroed; i++)
        CHECK(zeroed[i] == 0);
    zeroed[sizeof zeroed - 1] = 1;
    initialised = 0;
    CHECK(*pointer == 0);

    CHECK(info->heap_size > 0);
    heap[0] = 1;
    heap[info->heap_size / 2] = 2;
    CHECK(heap[0] == 1 && heap[info->heap_size / 2] == 2);
    /* The stack grows down from the top of the heap. */
    CHECK((uintptr_t)&heap > info->heap_start &&
          (uintptr_t)&heap < info->heap_start + info->heap_size);
    return success();
}
