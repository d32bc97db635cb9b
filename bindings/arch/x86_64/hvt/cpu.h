/* SPDX-License-Identifier: ISC */
/* How an hvt guest on x86_64 leaves for its tender, and finds its threads. */
#ifndef CPU_H
#define CPU_H

#include <stdint.h>

#include "hvt_abi.h"

/* Addresses of guests have 32 bits: at most 4 GiB of memory. */
static inline void hypercall(enum hvt_hypercall nr, const volatile void *arg)
{
    __asm__ volatile("outl %0, %1"
                     :
                     : "a"((uint32_t)(uintptr_t)arg),
                       "d"((uint16_t)(HVT_HYPERCALL_PIO_BASE + nr))
                     : "memory");
}

static inline void cpu_set_tp(uintptr_t tp)
{
    const uint32_t fs_base = 0xc0000100; /* AMD APM 2, A.5 */

    __asm__ volatile("wrmsr"
                     :
                     : "c"(fs_base), "a"((uint32_t)tp),
                       "d"((uint32_t)(tp >> 32))
                     : "memory");
}

#endif
