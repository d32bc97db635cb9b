/* SPDX-License-Identifier: ISC */
/* How test guests trap, return and make Linux system calls on x86_64. */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <stddef.h>
#include <stdint.h>

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

/* A hypercall of an hvt guest (hvt_abi.h). */
#define HVT_CALL(nr, arg)                                      \
    __asm__ volatile("outl %0, %1"                             \
                     :                                         \
                     : "a"(arg), "d"((uint16_t)(0x500 + (nr))) \
                     : "memory")

/* A port that is nobody's. */
#define HVT_ACCESS_NOTHING() \
    __asm__ volatile("outb %b0, %1" : : "a"(0), "d"((uint16_t)0x80))

/* Without a table of traps, each is the end. */
#define HVT_UNHANDLED_TRAP()                            \
    do {                                                \
        static const uint8_t none[10] = {0};            \
        __asm__ volatile("lidt %0; ud2" : : "m"(none)); \
    } while (0)

static inline void cpuid(uint32_t leaf, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(0));
}

/* Names a feature that a guest should not see; NULL: there is none. Bits: AMD
 * APM 3, appendix E; Intel SDM 2A, CPUID. */
static inline const char *surface_wrong(void)
{
    uint32_t basic[4], extended[4], found[4];

    cpuid(0, basic);
    cpuid(0x80000000, extended);
    cpuid(1, found);
    if (found[2] & 1u << 5)
        return "VMX";
    if (found[2] & 1u << 3)
        return "MONITOR";
    if (found[2] & 1u << 21)
        return "x2APIC";
    if (found[3] & 1u << 9)
        return "APIC";
    if (basic[0] >= 7) {
        cpuid(7, found);
        if (found[1] & 1u << 2)
            return "SGX";
    }
    if (extended[0] >= 0x80000001) {
        cpuid(0x80000001, found);
        if (found[2] & 1u << 2)
            return "SVM";
    }
    cpuid(0x40000000, found);
    if (found[1] == 0x4b4d564b) /* "KVMK" */
        return "KVM's own interface";
    return NULL;
}

/* IA32_APIC_BASE, which is no business of a guest. */
#define SURFACE_FORBIDDEN() \
    __asm__ volatile("rdmsr" : : "c"(0x1b) : "eax", "edx")

#endif
