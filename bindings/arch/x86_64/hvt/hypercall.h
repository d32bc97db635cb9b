/* SPDX-License-Identifier: ISC */
/* How an hvt guest on x86_64 leaves for its tender. */
#ifndef HYPERCALL_H
#define HYPERCALL_H

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

#endif
