/* SPDX-License-Identifier: ISC */
/* How test guests trap, return and make Linux system calls on x86_64. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#define TRAP() __asm__ volatile("int3")

/* A function that returns at once, as bytes. */
#define RETURN_CODE 0xc3

#define NR_READ 0
#define NR_WRITE 1
#define NR_MMAP 9
#define NR_MPROTECT 10
#define NR_PREAD64 17
#define NR_PWRITE64 18
#define NR_SOCKET 41
#define NR_EXECVE 59
#define NR_KILL 62
#define NR_PTRACE 101
#define NR_PRCTL 157
#define NR_CLOCK_GETTIME 228
#define NR_OPENAT 257
#define NR_TIMERFD_SETTIME 286
#define NR_EPOLL_PWAIT 281
#define NR_CLONE3 435
#define NR_BPF 321

static inline long linux_call(long nr, long a, long b, long c, long d, long e,
                              long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                       "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

#endif
