/* SPDX-License-Identifier: ISC */
/* aarch64 as guests see it. */
#include <elf.h>

#include "target.h"

const struct arch arch_aarch64 = {
    .name = "aarch64",
    .elf_machine = EM_AARCH64,
    .guest_page_bytes = 0x1000,
    .stack_gap_bytes = 16,
};
