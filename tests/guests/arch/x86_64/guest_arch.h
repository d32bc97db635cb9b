/* SPDX-License-Identifier: ISC */
/*
 * How test guests trap, return and try what is not allowed on x86_64. How
 * they make Linux' system calls, the bindings' own header says.
 */
#ifndef GUEST_ARCH_H
#define GUEST_ARCH_H

#include <stddef.h>
#include <stdint.h>

#include "hvt_abi.h"
#include "syscall.h"

#define TRAP() __asm__ volatile("int3")

/* A function touches each page of a large frame in turn. */
#define FRAMES_ARE_PROBED true

/* A push, with the stack pointer at ADDR. */
#define TRAP_WITH_STACK(addr) \
    __asm__ volatile("mov %0, %%rsp; push %%rax" : : "r"((uint64_t)(addr)))

/* A function that returns at once, as bytes. */
#define RETURN_CODE 0xc3

/* Spins for ever, with a stack that is none. */
#define SPIN_ASTRAY() __asm__ volatile("mov $16, %esp\n1: jmp 1b")

/* System calls that the bindings never make. */
#define SYS_MMAP 9
#define SYS_MPROTECT 10
#define SYS_SOCKET 41
#define SYS_EXECVE 59
#define SYS_KILL 62
#define SYS_PTRACE 101
#define SYS_PRCTL 157
#define SYS_OPENAT 257
#define SYS_CLONE3 435
#define SYS_BPF 321

/* A hypercall of an hvt guest (hvt_abi.h). */
#define HVT_CALL(nr, arg)                                             \
    __asm__ volatile("outl %0, %1"                                    \
                     :                                                \
                     : "a"(arg),                                      \
                       "d"((uint16_t)(HVT_HYPERCALL_PIO_BASE + (nr))) \
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

#endif
