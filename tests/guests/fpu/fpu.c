/* SPDX-License-Identifier: ISC */
/* Floating point and vectors work, with every exception masked. */
#include "guest.h"

typedef float vector __attribute__((vector_size(16)));

int solo5_app_main(const struct solo5_start_info *info)
{
    volatile double a = 1.5, b = 5.0, zero = 0.0;
    volatile vector left = {1, 2, 3, 4}, right = {10, 20, 30, 40};
    vector sum = left + right;
    volatile double infinity;

    (void)info;
    CHECK(a * b == 7.5);
    CHECK((uint64_t)(a * b) == 7);
    CHECK(sum[0] == 11 && sum[3] == 44);
    infinity = a / zero;
    CHECK(infinity > 1e308);
    return success();
}
