/* SPDX-License-Identifier: ISC */
/* Two thread-local blocks in a small heap, switched to and fro. */
#include "guest.h"

static _Thread_local volatile uint64_t counter = 42;
static _Thread_local volatile uint8_t zeroed[100];
static _Thread_local _Alignas(64) volatile uint32_t aligned = 7;

/* 64 KiB for both: an implementation that pads .tdata to a large page runs
 * out of it. */
static _Alignas(64) uint8_t heap[65536];

/*
 * A compiler keeps the thread pointer for as long as a function runs, so what
 * switches blocks and what uses variables are functions of their own.
 */
__attribute__((noinline)) static void use(uintptr_t tls)
{
    CHECK(solo5_set_tls_base(solo5_tls_tp_offset(tls)) == SOLO5_R_OK);
}

__attribute__((noinline)) static void set(uint64_t number, uint8_t last)
{
    counter = number;
    zeroed[99] = last;
}

__attribute__((noinline)) static bool holds(uint64_t number, uint8_t last)
{
    return counter == number && zeroed[99] == last;
}

__attribute__((noinline)) static void check_fresh(uintptr_t tls, size_t size)
{
    CHECK(counter == 42);
    CHECK(aligned == 7);
    CHECK((uintptr_t)&aligned % 64 == 0);
    for (size_t i = 0; i < sizeof zeroed; i++)
        CHECK(zeroed[i] == 0);
    CHECK((uintptr_t)&counter >= tls && (uintptr_t)&counter < tls + size);
    CHECK((uintptr_t)zeroed >= tls &&
          (uintptr_t)zeroed + sizeof zeroed <= tls + size);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    size_t size = solo5_tls_size();
    size_t step = (size + 63) / 64 * 64;
    uintptr_t a = (uintptr_t)heap;
    uintptr_t b = a + step;

    (void)info;
    CHECK(size >= sizeof counter + sizeof zeroed + sizeof aligned);
    CHECK(2 * step <= sizeof heap);
    memset(heap, 0xaa, sizeof heap);
    CHECK(solo5_tls_init(a) == SOLO5_R_OK);
    CHECK(solo5_tls_init(b) == SOLO5_R_OK);
    for (size_t i = 2 * step; i < sizeof heap; i++)
        CHECK(heap[i] == 0xaa);

    use(a);
    check_fresh(a, size);
    set(1, 0);
    use(b);
    check_fresh(b, size);
    set(2, 9);
    use(a);
    CHECK(holds(1, 0));
    use(b);
    CHECK(holds(2, 9));
    return success();
}
