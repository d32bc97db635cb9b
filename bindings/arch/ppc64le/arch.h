/* SPDX-License-Identifier: ISC */
/* Facts about ppc64le; the list of them stands in hooks.h. */
#ifndef ARCH_H
#define ARCH_H

#include <stdint.h>

/*
 * ELFv2 ABI, 3.7.2: the thread pointer is 0x7000 past the first variable, so
 * that 16-bit offsets reach 60 KiB. Before the variables, a C library may keep
 * what it likes; nothing there is ours.
 */
#define TLS_ABOVE_TP 1
#define TLS_TP_OFFSET 0x7000
#define TLS_TCB_SIZE 0

static inline uint64_t arch_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("mfspr %0, 268" : "=r"(ticks)); /* TB */
    return ticks;
}

/* r13 is the compiler's to read and nobody's to save. */
static inline void arch_set_tp(uintptr_t tp)
{
    __asm__ volatile("mr 13, %0" : : "r"(tp) : "memory");
}

#endif
