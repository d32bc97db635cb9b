/* SPDX-License-Identifier: ISC */
/*
 * Shows that a hypervisor is to be believed: computes with floating-point
 * numbers, one by one and in a vector, and ends with status 0.
 * solo5.places.host.hypervisor runs it.
 */
#include "solo5.h"

typedef float vector __attribute__((vector_size(16)));

int solo5_app_main(const struct solo5_start_info *info)
{
    /* Volatile: the processor computes, not the compiler. */
    volatile double a = 1.5, b = 5.0;
    volatile vector left = {1, 2, 3, 4}, right = {10, 20, 30, 40};
    vector sum = left + right;

    (void)info;
    if (a * b != 7.5 || (unsigned long)(a * b) != 7)
        return SOLO5_EXIT_FAILURE;
    if (sum[0] != 11 || sum[3] != 44)
        return SOLO5_EXIT_FAILURE;
    return SOLO5_EXIT_SUCCESS;
}
