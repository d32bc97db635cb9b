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

#include <string.h>

#include "guest.h"

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
    guest_put(memory, SPT_BOOT_INFO_BASE, &info, sizeof info);
    guest_put(memory, SPT_BOOT_EXT_BASE, &ext, sizeof ext);
    guest_put(memory, info.mft, boot->mft, mft_size);
    guest_put(memory, info.cmdline, boot->cmdline, strlen(boot->cmdline) + 1);
}
