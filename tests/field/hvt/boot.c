/* SPDX-License-Identifier: ISC */
/*
 * What tenders of the field tell an hvt guest, in place of tenders/hvt/boot.c:
 * boot info of 40 or 56 bytes, the manifest right behind it, the command line
 * behind that, and nothing of ours.
 */
#include "boot.h"

#include <string.h>

#include "guest.h"

void boot_write(const struct guest_memory *memory, const struct boot *boot)
{
    const uint64_t mft_at = HVT_BOOT_INFO_BASE + BOOT_INFO_BYTES;
    const size_t mft_size = MFT_SIZE(boot->mft->entries);
    const struct hvt_boot_info info = {
        .mem_size = boot->mem_end,
        .kernel_end = boot->kernel_end,
        .cpu_cycle_freq = boot->cycle_frequency,
        .cmdline = mft_at + mft_size,
        .mft = mft_at,
    };

    guest_put(memory, HVT_BOOT_INFO_BASE, &info, BOOT_INFO_BYTES);
    guest_put(memory, info.mft, boot->mft, mft_size);
    guest_put(memory, info.cmdline, boot->cmdline, strlen(boot->cmdline) + 1);
}
