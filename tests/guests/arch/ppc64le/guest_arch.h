/* SPDX-License-Identifier: ISC */
/*
 * How test guests trap, return and try what is not allowed on ppc64le. How
 * they make Linux' system calls, the bindings' own header says.
 */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include "syscall.h"

#define TRAP() __asm__ volatile("trap")

/* A function touches each page of a large frame in turn. */
#define FRAMES_ARE_PROBED true

/* A push, with the stack pointer at ADDR. */
#define TRAP_WITH_STACK(addr)         \
    __asm__ volatile("mr 1, %0\n\t"   \
                     "stdu 1, -32(1)" \
                     :                \
                     : "r"((uint64_t)(addr)))

/* A function that returns at once, as bytes: blr. */
#define RETURN_CODE 0x20, 0x00, 0x80, 0x4e

/* Spins for ever, with a stack that is none. */
#define SPIN_ASTRAY() __asm__ volatile("li 1, 16\n1: b 1b")

/* System calls that the bindings never make. */
#define SYS_EXECVE 11
#define SYS_PTRACE 26
#define SYS_KILL 37
#define SYS_MMAP 90
#define SYS_MPROTECT 125
#define SYS_PRCTL 171
#define SYS_OPENAT 286
#define SYS_SOCKET 326
#define SYS_BPF 361
#define SYS_CLONE3 435

#endif
