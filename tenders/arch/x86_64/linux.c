/* SPDX-License-Identifier: ISC */
/*
 * Linux on x86_64. Numbers: the kernel's
 * arch/x86/entry/syscalls/syscall_64.tbl; vDSO: vdso(7).
 */
#include <linux/audit.h>

#include "host/linux/arch.h"

const struct linux_arch linux_x86_64 = {
    .clock_function = "__vdso_clock_gettime",
    .audit_arch = AUDIT_ARCH_X86_64,
    .write = 1,
    .read = 0,
    .pread64 = 17,
    .pwrite64 = 18,
    .epoll_pwait = 281,
    .timerfd_settime = 286,
    .clock_gettime = 228,
    .exit_group = 231,
    .ioctl = 16,
    .setitimer = 38,
    /* arch_prctl, ARCH_SET_FS (asm/prctl.h) */
    .set_thread_pointer = 158,
    .set_thread_pointer_op = 0x1002,
};
