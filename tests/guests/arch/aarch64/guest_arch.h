/* SPDX-License-Identifier: ISC */
/*
 * How test guests trap, return and try what is not allowed on aarch64. How
 * they make Linux' system calls, the bindings' own header says.
 */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "hvt_abi.h"
#include "syscall.h"

#define TRAP() __asm__ volatile("brk #0")

/* A function touches each page of a large frame in turn; what Clang made before
 * version 18 does not (SECURITY.md). */
#if defined(__clang__) && __clang_major__ < 18
#define FRAMES_ARE_PROBED false
#else
#define FRAMES_ARE_PROBED true
#endif

/* A push, with the stack pointer at ADDR. */
#define TRAP_WITH_STACK(addr)              \
    __asm__ volatile("mov sp, %0\n\t"      \
                     "str x0, [sp, #-16]!" \
                     :                     \
                     : "r"((uint64_t)(addr)))

/* A function that returns at once, as bytes: ret. */
#define RETURN_CODE 0xc0, 0x03, 0x5f, 0xd6

/* Spins for ever, with a stack that is none. */
#define SPIN_ASTRAY() __asm__ volatile("mov sp, %0\n1: b 1b" : : "r"(16L))

/* System calls that the bindings never make. */
#define SYS_OPENAT 56
#define SYS_PTRACE 117
#define SYS_KILL 129
#define SYS_PRCTL 167
#define SYS_SOCKET 198
#define SYS_EXECVE 221
#define SYS_MMAP 222
#define SYS_MPROTECT 226
#define SYS_BPF 280
#define SYS_CLONE3 435

/* A hypercall of an hvt guest (hvt_abi.h). */
#define HVT_CALL(nr, arg)                                                \
    __asm__ volatile("str %w0, [%1]"                                     \
                     :                                                   \
                     : "r"(arg),                                         \
                       "r"(HVT_HYPERCALL_MMIO_BASE +                     \
                           ((uint64_t)(nr) << HVT_HYPERCALL_MMIO_SHIFT)) \
                     : "memory")

/* Mapped, and nobody's. */
#define HVT_NOTHING (HVT_HYPERCALL_MMIO_BASE + 0x20000000)
#define HVT_ACCESS_NOTHING() \
    __asm__ volatile("str wzr, [%0]" : : "r"(HVT_NOTHING) : "memory")

/* The same, by an instruction that tells a hypervisor too little to go on with
 * (Arm ARM, ESR_EL2, ISV). */
#define HVT_UNHANDLED_TRAP() \
    __asm__ volatile("stp xzr, xzr, [%0]" : : "r"(HVT_NOTHING) : "memory")

#endif
