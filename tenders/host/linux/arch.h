/* SPDX-License-Identifier: ISC */
/* Linux on an architecture; tenders/arch/<arch>/linux.c defines it. */
#pragma once

#include <stdint.h>

#define LINUX_NO_CALL UINT32_MAX

struct linux_arch {
    const char *clock_function; /* of the vDSO: clock_gettime */
    uint32_t audit_arch;        /* AUDIT_ARCH_*, linux/audit.h */
    /* System call numbers (its asm/unistd.h). */
    uint32_t write, read, pread64, pwrite64;
    uint32_t epoll_pwait, timerfd_settime, clock_gettime, exit_group, ioctl;
    uint32_t setitimer;
    /* Sets the thread pointer, where user code cannot; else LINUX_NO_CALL. */
    uint32_t set_thread_pointer;
    uint32_t set_thread_pointer_op; /* its first argument */
};

/* Those of this program; one in a tender. NULL ends it. */
extern const struct linux_arch *const linux_archs[];
