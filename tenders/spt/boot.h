/* SPDX-License-Identifier: ISC */
/* What the tender tells a guest, in the low memory that it can only read. */
#ifndef SPT_BOOT_H
#define SPT_BOOT_H

#include "addr.h"
#include "manifest.h"
#include "spt_abi.h"

/* Size of the low memory from SPT_HOST_MEM_BASE that boot_write uses. */
#define BOOT_END_MAX                                       \
    (SPT_BOOT_EXT_BASE + sizeof(struct spt_boot_ext) + 8 + \
     MFT_SIZE(MFT_MAX_ENTRIES) + SPT_CMDLINE_SIZE)

struct boot {
    uint64_t mem_end;
    uint64_t kernel_end;
    int poll_fd;
    int timer_fd;
    uint64_t clock_function;
    uint8_t seed[16];
    const struct mft *mft;
    const char *cmdline;
};

/* Writes it all into MEMORY, which spans the low memory and is writable. */
void boot_write(const struct guest_memory *memory, const struct boot *boot);

#endif
