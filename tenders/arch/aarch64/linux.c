/* SPDX-License-Identifier: ISC */
/*
 * Linux on aarch64. Numbers: the kernel's
 * include/uapi/asm-generic/unistd.h; vDSO: vdso(7).
 */
#include <linux/audit.h>

#include "host/linux/arch.h"

const struct linux_arch linux_aarch64 = {
    .clock_function = "__kernel_clock_gettime",
    .audit_arch = AUDIT_ARCH_AARCH64,
    .write = 64,
    .read = 63,
    .pread64 = 67,
    .pwrite64 = 68,
    .epoll_pwait = 22,
    .timerfd_settime = 86,
    .clock_gettime = 113,
    .exit_group = 94,
    .ioctl = 29,
    .setitimer = 103,
    .set_thread_pointer = LINUX_NO_CALL, /* a register of user code */
};
