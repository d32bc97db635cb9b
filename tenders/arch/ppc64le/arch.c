/* SPDX-License-Identifier: ISC */
/* ppc64le as guests see it. */
#include <elf.h>

#include "target.h"

const struct arch arch_ppc64le = {
    .name = "ppc64le",
    .elf_machine = EM_PPC64,
    .guest_page_bytes = 0x10000,
    .stack_gap_bytes = 112,
};
