/* SPDX-License-Identifier: ISC */
/* Linux' system calls on aarch64: syscall(2); asm-generic/unistd.h. */
#ifndef SYSCALL_H
#define SYSCALL_H

#include "arch.h"

#define SYS_EPOLL_PWAIT 22
#define SYS_READ 63
#define SYS_WRITE 64
#define SYS_PREAD64 67
#define SYS_PWRITE64 68
#define SYS_TIMERFD_SETTIME 86
#define SYS_EXIT_GROUP 94
#define SYS_CLOCK_GETTIME 113

struct epoll_event {
    uint32_t events;
    uint64_t data;
};
_Static_assert(sizeof(struct epoll_event) == 16, "epoll_event");

/* Makes a system call of up to six arguments; returns its value or -errno. */
static inline long syscall6(long number, long a, long b, long c, long d, long e,
                            long f)
{
    register long x8 __asm__("x8") = number;
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

/* Sets the thread pointer; returns 0. */
static inline long set_tp(uintptr_t tp)
{
    arch_set_tp(tp);
    return 0;
}

#endif
