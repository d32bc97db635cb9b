/* SPDX-License-Identifier: ISC */
/* x86_64 as guests see it. */
#include <elf.h>

#include "target.h"

const struct arch arch_x86_64 = {
    .name = "x86_64",
    .elf_machine = EM_X86_64,
    .guest_page_bytes = 0x1000,
    .stack_gap_bytes = 8,
};
