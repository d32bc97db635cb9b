/* SPDX-License-Identifier: ISC */
/*
 * Linux' system calls on ppc64le: Documentation/arch/powerpc/syscall64-abi.rst
 * and asm/unistd_64.h.
 */
#ifndef SYSCALL_H
#define SYSCALL_H

#include "arch.h"

#define SYS_READ 3
#define SYS_WRITE 4
#define SYS_PREAD64 179
#define SYS_PWRITE64 180
#define SYS_EXIT_GROUP 234
#define SYS_CLOCK_GETTIME 246
#define SYS_EPOLL_PWAIT 303
#define SYS_TIMERFD_SETTIME 311

struct epoll_event {
    uint32_t events;
    uint64_t data;
};
_Static_assert(sizeof(struct epoll_event) == 16, "epoll_event");

/* Makes a system call of up to six arguments; returns its value or -errno. */
static inline long syscall6(long number, long a, long b, long c, long d, long e,
                            long f)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    register long r7 __asm__("r7") = e;
    register long r8 __asm__("r8") = f;

    /* The summary overflow bit says that r3 is an errno. */
    __asm__ volatile(
        "sc\n\t"
        "bns+ 1f\n\t"
        "neg 3, 3\n"
        "1:"
        : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
        :
        : "r9", "r10", "r11", "r12", "cr0", "ctr", "xer", "memory");
    return r3;
}

/* Sets the thread pointer; returns 0. */
static inline long set_tp(uintptr_t tp)
{
    arch_set_tp(tp);
    return 0;
}

#endif
