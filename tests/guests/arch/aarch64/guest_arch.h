/* SPDX-License-Identifier: ISC */
/* How test guests trap, return and make Linux system calls on aarch64. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <stddef.h>
#include <stdint.h>

#define TRAP() __asm__ volatile("brk #0")

/* A function that returns at once, as bytes: ret. */
#define RETURN_CODE 0xc0, 0x03, 0x5f, 0xd6

#define NR_EPOLL_PWAIT 22
#define NR_OPENAT 56
#define NR_READ 63
#define NR_WRITE 64
#define NR_PREAD64 67
#define NR_PWRITE64 68
#define NR_TIMERFD_SETTIME 86
#define NR_CLOCK_GETTIME 113
#define NR_PTRACE 117
#define NR_KILL 129
#define NR_PRCTL 167
#define NR_SOCKET 198
#define NR_EXECVE 221
#define NR_MMAP 222
#define NR_MPROTECT 226
#define NR_BPF 280
#define NR_CLONE3 435

static inline long linux_call(long nr, long a, long b, long c, long d, long e,
                              long f)
{
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;

    __asm__ volatile("svc #0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

/* A hypercall of an hvt guest (hvt_abi.h). */
#define HVT_CALL(nr, arg)                                                 \
    __asm__ volatile("str %w0, [%1]"                                      \
                     :                                                    \
                     : "r"(arg), "r"(0x100000000 + ((uint64_t)(nr) << 3)) \
                     : "memory")

/* Mapped, and nobody's. */
#define HVT_ACCESS_NOTHING() \
    __asm__ volatile("str wzr, [%0]" : : "r"(0x120000000) : "memory")

/* The same, by an instruction that tells a hypervisor too little to go on with
 * (Arm ARM, ESR_EL2, ISV). */
#define HVT_UNHANDLED_TRAP() \
    __asm__ volatile("stp xzr, xzr, [%0]" : : "r"(0x120000000) : "memory")

/* Names a feature that a guest should not see; NULL: there is none. */
static inline const char *surface_wrong(void)
{
    uint64_t features;

    /* Arm ARM, ID_AA64PFR0_EL1: the scalable vectors need a set-up. */
    __asm__("mrs %0, id_aa64pfr0_el1" : "=r"(features));
    if (features >> 32 & 0xf)
        return "SVE";
    return NULL;
}

/* The counters' control register. */
#define SURFACE_FORBIDDEN()                                 \
    do {                                                    \
        uint64_t value;                                     \
        __asm__ volatile("mrs %0, pmcr_el0" : "=r"(value)); \
    } while (0)

#endif
