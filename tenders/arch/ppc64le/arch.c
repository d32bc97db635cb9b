/* SPDX-License-Identifier: ISC */
/*
 * ppc64le as guests, filter and vDSO see it. Numbers: the kernel's
 * arch/powerpc/kernel/syscalls/syscall.tbl; vDSO: vdso(7).
 */
#include <elf.h>
#include <linux/audit.h>

#include "filter.h"
#include "target.h"

static const struct filter_arch filter = {.audit_arch = AUDIT_ARCH_PPC64LE,
                                          .write = 4,
                                          .read = 3,
                                          .pread64 = 179,
                                          .pwrite64 = 180,
                                          .epoll_pwait = 303,
                                          .timerfd_settime = 311,
                                          .clock_gettime = 246,
                                          .exit_group = 234,
                                          .ioctl = 54,
                                          /* A register of user code. */
                                          .set_thread_pointer = FILTER_NO_CALL};

const struct arch arch_ppc64le = {
    .name = "ppc64le",
    .elf_machine = EM_PPC64,
    .guest_page_bytes = 0x10000,
    .stack_gap_bytes = 112,
    .clock_function = "__kernel_clock_gettime",
    .filter = &filter,
};
