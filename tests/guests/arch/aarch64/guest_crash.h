/* SPDX-License-Identifier: ISC */
/*
 * How a guest of aarch64 that has been taken over can leave its processor,
 * other than by a hypercall; by name, as in tests/guests/crash/cases.toml.
 */
#ifndef GUEST_CRASH_H
#define GUEST_CRASH_H

#include "guest.h"
#include "guest_arch.h"

/* The address of a hypercall that takes a struct. */
#define CRASH_STORE            \
    (HVT_HYPERCALL_MMIO_BASE + \
     ((uint64_t)HVT_HYPERCALL_PUTS << HVT_HYPERCALL_MMIO_SHIFT))

/*
 * An address where no memory is, and a table of our own that maps it: the first
 * and the fourth GiB, each as a block, with all rights (Arm ARM, D8.3).
 */
static inline uint8_t *crash_nowhere(void)
{
    static _Alignas(4096) uint64_t table[512];
    const uint64_t block = 0x701; /* accessed, shareable, attribute 0 */

    table[0] = block;
    table[3] = 3ull << 30 | block;
    table[4] = 4ull << 30 | 0x405; /* accessed, attribute 1: where calls are */
    __asm__ volatile("dsb sy\n\t"
                     "msr ttbr0_el1, %0\n\t"
                     "isb\n\t"
                     "tlbi vmalle1\n\t"
                     "dsb sy\n\t"
                     "isb"
                     :
                     : "r"(table)
                     : "memory");
    return (uint8_t *)(3ul << 30);
}

/* Lets the processor's timer fire, which interrupts KVM and nobody else. */
static inline void crash_not(void)
{
    __asm__ volatile("msr cntv_cval_el0, xzr\n\t"
                     "msr cntv_ctl_el0, %0\n\t"
                     "isb"
                     :
                     : "r"(1ul));
    say("one\n");
    say("two\n");
}

/* Returns, if it can, whether there is such a way. */
static inline bool crash(const char *way)
{
    uint64_t value = 0, other = 0;

    if (text_equal(way, "narrow"))
        __asm__ volatile("strb wzr, [%0]" : : "r"(CRASH_STORE));
    else if (text_equal(way, "half"))
        __asm__ volatile("strh wzr, [%0]" : : "r"(CRASH_STORE));
    else if (text_equal(way, "wide"))
        __asm__ volatile("str xzr, [%0]" : : "r"(CRASH_STORE));
    else if (text_equal(way, "load"))
        __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(CRASH_STORE));
    else if (text_equal(way, "loads"))
        __asm__ volatile("ldp %w0, %w1, [%2]"
                         : "=r"(value), "=r"(other)
                         : "r"(CRASH_STORE));
    else if (text_equal(way, "beside"))
        __asm__ volatile("str wzr, [%0]" : : "r"(CRASH_STORE + 4));
    else if (text_equal(way, "read"))
        __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(crash_nowhere()));
    else if (text_equal(way, "write"))
        __asm__ volatile("str xzr, [%0]" : : "r"(crash_nowhere()));
    else if (text_equal(way, "vector"))
        __asm__ volatile("str q0, [%0]" : : "r"(crash_nowhere()));
    else if (text_equal(way, "atomic"))
        __asm__ volatile("ldxr %w0, [%1]"
                         : "=&r"(value)
                         : "r"(crash_nowhere()));
    else if (text_equal(way, "obscure"))
        __asm__ volatile("str wzr, [%0], #4"
                         : "=r"(value)
                         : "0"(crash_nowhere()));
    else if (text_equal(way, "run"))
        __asm__ volatile("br %0" : : "r"(crash_nowhere()));
    else if (text_equal(way, "own-1"))
        __asm__ volatile("str wzr, [%0, #2]" : : "r"(crash_nowhere()));
    else if (text_equal(way, "stack"))
        __asm__ volatile("mov sp, %0\n\t"
                         "stp x0, x1, [sp, #-16]!"
                         :
                         : "r"(crash_nowhere() + 64));
    else if (text_equal(way, "zeroes"))
        __asm__ volatile("dc zva, %0" : : "r"(crash_nowhere()));
    else if (text_equal(way, "own-2"))
        __asm__ volatile("stlr wzr, [%0]" : : "r"(crash_nowhere()));
    else if (text_equal(way, "own-3"))
        __asm__ volatile("ldr %w1, [%0, #-4]!"
                         : "=r"(value), "=&r"(other)
                         : "0"(crash_nowhere() + 8));
    else if (text_equal(way, "own-4"))
        __asm__ volatile("ld1 {v0.16b, v1.16b}, [%0]" : : "r"(crash_nowhere()));
    else
        return false;
    return true;
}

#endif
