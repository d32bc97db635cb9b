/* SPDX-License-Identifier: ISC */
/* Facts about x86_64; the list of them stands in hooks.h. */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* psABI x86-64, 3.4.2: %fs:0 holds its own address. */
#define TLS_ABOVE_TP 0
#define TLS_TCB_SIZE 8

static inline uint64_t arch_ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

#endif
