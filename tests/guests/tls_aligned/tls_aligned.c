/* SPDX-License-Identifier: ISC */
/* Thread-local variables with alignments up to 512, with values and without. */
#include "guest.h"

#define ALIGN_MAX 512

#define PAIR(alignment)                                                     \
    static _Thread_local _Alignas(                                          \
        alignment) volatile uint8_t data_##alignment =                      \
        (uint8_t)(alignment / 2 + 1);                                       \
    static _Thread_local _Alignas(                                          \
        alignment) volatile uint8_t zero_##alignment[alignment + 1];        \
                                                                            \
    __attribute__((noinline)) static void check_##alignment(uintptr_t from, \
                                                            uintptr_t to)   \
    {                                                                       \
        uintptr_t data = (uintptr_t)&data_##alignment;                      \
        uintptr_t zero = (uintptr_t)zero_##alignment;                       \
                                                                            \
        CHECK(data % alignment == 0 && zero % alignment == 0);              \
        CHECK(data >= from && data < to);                                   \
        CHECK(zero >= from && zero + sizeof zero_##alignment <= to);        \
        CHECK(data_##alignment == (uint8_t)(alignment / 2 + 1));            \
        for (unsigned i = 0; i <= alignment; i++) {                         \
            CHECK(zero_##alignment[i] == 0);                                \
            zero_##alignment[i] = 0xff;                                     \
        }                                                                   \
        data_##alignment = 0;                                               \
    }

PAIR(1)
PAIR(2)
PAIR(16)
PAIR(32)
PAIR(128)
PAIR(256)
PAIR(512)

static _Alignas(ALIGN_MAX) uint8_t heap[65536];

/* A compiler keeps the thread pointer for as long as a function runs. */
__attribute__((noinline)) static void use(uintptr_t tls)
{
    CHECK(solo5_set_tls_base(solo5_tls_tp_offset(tls)) == SOLO5_R_OK);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const size_t size = solo5_tls_size();
    const size_t step = (size + ALIGN_MAX - 1) / ALIGN_MAX * ALIGN_MAX;

    (void)info;
    CHECK(2 * step < sizeof heap);
    memset(heap, 0xaa, sizeof heap);
    for (uintptr_t tls = (uintptr_t)heap; tls <= (uintptr_t)heap + step;
         tls += step) {
        CHECK(solo5_tls_init(tls) == SOLO5_R_OK);
        use(tls);
        check_1(tls, tls + size);
        check_2(tls, tls + size);
        check_16(tls, tls + size);
        check_32(tls, tls + size);
        check_128(tls, tls + size);
        check_256(tls, tls + size);
        check_512(tls, tls + size);
        CHECK(heap[2 * step] == 0xaa);
    }
    return success();
}
