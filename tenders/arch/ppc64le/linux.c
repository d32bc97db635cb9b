/* SPDX-License-Identifier: ISC */
/*
 * Linux on ppc64le. Numbers: the kernel's
 * arch/powerpc/kernel/syscalls/syscall.tbl; vDSO: vdso(7).
 */
#include <linux/audit.h>

#include "host/linux/arch.h"

const struct linux_arch linux_ppc64le = {
    .clock_function = "__kernel_clock_gettime",
    .audit_arch = AUDIT_ARCH_PPC64LE,
    .write = 4,
    .read = 3,
    .pread64 = 179,
    .pwrite64 = 180,
    .epoll_pwait = 303,
    .timerfd_settime = 311,
    .clock_gettime = 246,
    .exit_group = 234,
    .ioctl = 54,
    .setitimer = 104,
    .set_thread_pointer = LINUX_NO_CALL, /* a register of user code */
};
