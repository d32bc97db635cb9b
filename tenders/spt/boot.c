/* SPDX-License-Identifier: ISC */
/*
 * Lays out the low memory. Contract: boot.h; layout: spt_abi.h.
 *
 *   0x11000  struct spt_boot_info
 *            struct spt_boot_ext    guests of other toolchains do not look
 *            struct mft
 *            command line
 */
#include "boot.h"

#include <stdlib.h>
#include <string.h>

/* Room for all of it is reserved, so a failure is a bug. */
static void put(const struct guest_memory *memory, uint64_t addr,
                const void *from, size_t size)
{
    void *at = guest_memory_at(memory, (guest_addr_t){addr}, size);

    if (at == NULL)
        abort();
    memcpy(at, from, size);
}

void boot_write(const struct guest_memory *memory, const struct boot *boot)
{
    const uint64_t ext_end = SPT_BOOT_EXT_BASE + sizeof(struct spt_boot_ext);
    const uint64_t mft_at = (ext_end + 7) & ~UINT64_C(7);
    const size_t mft_size = MFT_SIZE(boot->mft->entries);
    const struct spt_boot_info info = {
        .mem_size = boot->mem_end,
        .kernel_end = boot->kernel_end,
        .cmdline = mft_at + mft_size,
        .mft = mft_at,
        .epollfd = boot->poll_fd,
        .timerfd = boot->timer_fd,
    };
    struct spt_boot_ext ext = {
        .magic = SPT_BOOT_EXT_MAGIC,
        .size = sizeof ext,
        .clock_gettime = boot->clock_function,
    };

    memcpy(ext.seed, boot->seed, sizeof ext.seed);
    put(memory, SPT_BOOT_INFO_BASE, &info, sizeof info);
    put(memory, SPT_BOOT_EXT_BASE, &ext, sizeof ext);
    put(memory, info.mft, boot->mft, mft_size);
    put(memory, info.cmdline, boot->cmdline, strlen(boot->cmdline) + 1);
}
