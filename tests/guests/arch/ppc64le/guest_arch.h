/* SPDX-License-Identifier: ISC */
/* How test guests trap, return and make Linux system calls on ppc64le. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#define TRAP() __asm__ volatile("trap")

/* A function that returns at once, as bytes: blr. */
#define RETURN_CODE 0x20, 0x00, 0x80, 0x4e

#define NR_READ 3
#define NR_WRITE 4
#define NR_EXECVE 11
#define NR_PTRACE 26
#define NR_KILL 37
#define NR_MMAP 90
#define NR_MPROTECT 125
#define NR_PRCTL 171
#define NR_PREAD64 179
#define NR_PWRITE64 180
#define NR_CLOCK_GETTIME 246
#define NR_OPENAT 286
#define NR_EPOLL_PWAIT 303
#define NR_TIMERFD_SETTIME 311
#define NR_SOCKET 326
#define NR_BPF 361
#define NR_CLONE3 435

/* An error leaves CR0.SO set and a positive number in r3. */
static inline long linux_call(long nr, long a, long b, long c, long d, long e,
                              long f)
{
    register long r0 __asm__("r0") = nr;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;
    register long r6 __asm__("r6") = d;
    register long r7 __asm__("r7") = e;
    register long r8 __asm__("r8") = f;

    __asm__ volatile("sc\n\t"
                     "bns+ 1f\n\t"
                     "neg %1, %1\n"
                     "1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6),
                       "+r"(r7), "+r"(r8)
                     :
                     : "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
    return r3;
}

#endif
