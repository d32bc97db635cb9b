/* SPDX-License-Identifier: ISC */
/*
 * x86_64 as guests, filter and vDSO see it. Numbers: the kernel's
 * arch/x86/entry/syscalls/syscall_64.tbl; vDSO: vdso(7).
 */
#include <elf.h>
#include <linux/audit.h>

#include "filter.h"
#include "target.h"

static const struct filter_arch filter = {
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
    /* arch_prctl, ARCH_SET_FS (asm/prctl.h) */
    .set_thread_pointer = 158,
    .set_thread_pointer_op = 0x1002};

const struct arch arch_x86_64 = {
    .name = "x86_64",
    .elf_machine = EM_X86_64,
    .guest_page_bytes = 0x1000,
    .stack_gap_bytes = 8,
    .clock_function = "__vdso_clock_gettime",
    .filter = &filter,
};
