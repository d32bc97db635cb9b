/* SPDX-License-Identifier: ISC */
/* Facts about aarch64; the list of them stands in hooks.h. */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/* "ELF for the Arm 64-bit Architecture", 11: the thread control block is two
 * words, at the thread pointer. */
#define TLS_ABOVE_TP 1
#define TLS_TP_OFFSET 0
#define TLS_TCB_SIZE 16

static inline uint64_t arch_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

static inline void arch_set_tp(uintptr_t tp)
{
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(tp) : "memory");
}

#endif
