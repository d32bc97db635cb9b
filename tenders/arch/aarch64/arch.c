/* SPDX-License-Identifier: ISC */
/*
 * aarch64 as guests, filter and vDSO see it. Numbers: the kernel's
 * include/uapi/asm-generic/unistd.h; vDSO: vdso(7).
 */
#include <elf.h>
#include <linux/audit.h>

#include "filter.h"
#include "target.h"

static const struct filter_arch filter = {.audit_arch = AUDIT_ARCH_AARCH64,
                                          .write = 64,
                                          .read = 63,
                                          .pread64 = 67,
                                          .pwrite64 = 68,
                                          .epoll_pwait = 22,
                                          .timerfd_settime = 86,
                                          .clock_gettime = 113,
                                          .exit_group = 94,
                                          .ioctl = 29,
                                          /* A register of user code. */
                                          .set_thread_pointer = FILTER_NO_CALL};

const struct arch arch_aarch64 = {
    .name = "aarch64",
    .elf_machine = EM_AARCH64,
    .guest_page_bytes = 0x1000,
    .stack_gap_bytes = 16,
    .clock_function = "__kernel_clock_gettime",
    .filter = &filter,
};
