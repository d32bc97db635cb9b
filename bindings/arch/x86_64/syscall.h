/* SPDX-License-Identifier: ISC */
/* Linux' system calls on x86_64: psABI x86-64, A.2; asm/unistd_64.h. */
#ifndef SYSCALL_H
#define SYSCALL_H

#include <stdint.h>

#define SYS_READ 0
#define SYS_WRITE 1
#define SYS_PREAD64 17
#define SYS_PWRITE64 18
#define SYS_ARCH_PRCTL 158
#define SYS_CLOCK_GETTIME 228
#define SYS_EXIT_GROUP 231
#define SYS_EPOLL_PWAIT 281
#define SYS_TIMERFD_SETTIME 286

/* Here alone this struct has no gap (epoll_wait(2); linux/eventpoll.h). */
struct epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));
_Static_assert(sizeof(struct epoll_event) == 12, "epoll_event");

/* Makes a system call of up to six arguments; returns its value or -errno. */
static inline long syscall6(long number, long a, long b, long c, long d, long e,
                            long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/*
 * Sets the thread pointer; returns 0 or -errno. Not every processor, nor every
 * kernel, lets programs write FS base themselves.
 */
static inline long set_tp(uintptr_t tp)
{
    const long arch_set_fs = 0x1002; /* asm/prctl.h */

    return syscall6(SYS_ARCH_PRCTL, arch_set_fs, (long)tp, 0, 0, 0, 0);
}

#endif
