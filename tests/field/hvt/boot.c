/* SPDX-License-Identifier: ISC */
/*
 * What tenders of the field tell an hvt guest, in place of tenders/hvt/boot.c:
 * boot info of 40 or 56 bytes, the manifest right behind it, the command line
 * behind that, and nothing of ours.
 */
#include "boot.h"

#include <stdlib.h>
#include <string.h>

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
    const uint64_t mft_at = HVT_BOOT_INFO_BASE + BOOT_INFO_BYTES;
    const size_t mft_size = MFT_SIZE(boot->mft->entries);
    const struct hvt_boot_info info = {
        .mem_size = boot->mem_end,
        .kernel_end = boot->kernel_end,
        .cpu_cycle_freq = boot->cycle_frequency,
        .cmdline = mft_at + mft_size,
        .mft = mft_at,
    };

    put(memory, HVT_BOOT_INFO_BASE, &info, BOOT_INFO_BYTES);
    put(memory, info.mft, boot->mft, mft_size);
    put(memory, info.cmdline, boot->cmdline, strlen(boot->cmdline) + 1);
}
