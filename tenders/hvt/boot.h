/* SPDX-License-Identifier: ISC */
/* What the tender tells a guest, in the low memory that it can only read. */
#ifndef HVT_BOOT_H
#define HVT_BOOT_H

#include "addr.h"
#include "hvt_abi.h"
#include "manifest.h"

struct boot {
    uint64_t mem_end;
    uint64_t kernel_end;
    uint64_t cycle_frequency; /* Hz */
    uint64_t seed[2];
    const struct mft *mft;
    const char *cmdline;
};

/* Writes it all into MEMORY; below HYPERVISOR_LOW there is room for it. */
void boot_write(const struct guest_memory *memory, const struct boot *boot);

#endif
