/* SPDX-License-Identifier: ISC */
/* How an hvt guest on aarch64 leaves for its tender. */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include <stdint.h>

#include "hvt_abi.h"

/*
 * Only a plain store of one register tells a hypervisor what was stored (Arm
 * ARM, ESR_ELx, ISV), so the compiler does not choose it.
 */
static inline void hypercall(enum hvt_hypercall nr, const volatile void *arg)
{
    uint64_t at =
        HVT_HYPERCALL_MMIO_BASE + ((uint64_t)nr << HVT_HYPERCALL_MMIO_SHIFT);

    __asm__ volatile("str %w0, [%1]"
                     :
                     : "r"((uint32_t)(uintptr_t)arg), "r"(at)
                     : "memory");
}

#endif
