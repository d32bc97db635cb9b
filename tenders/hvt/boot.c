/* SPDX-License-Identifier: ISC */
/*
 * Lays out the low memory. Contract: boot.h; layout: hvt_abi.h.
 *
 *   0x10000  struct hvt_boot_info
 *            struct hvt_boot_ext    guests of other toolchains do not look
 *            struct mft
 *            command line
 *   0x20000  the architecture's own (hypervisor.h)
 */
#include "boot.h"

#include <string.h>

#include "guest.h"
#include "hypervisor.h"

_Static_assert(HVT_BOOT_EXT_BASE + sizeof(struct hvt_boot_ext) +
                       MFT_SIZE(MFT_MAX_ENTRIES) + HVT_CMDLINE_SIZE <=
                   HYPERVISOR_LOW,
               "low memory");

void boot_write(const struct guest_memory *memory, const struct boot *boot)
{
    const uint64_t mft_at = HVT_BOOT_EXT_BASE + sizeof(struct hvt_boot_ext);
    const size_t mft_size = MFT_SIZE(boot->mft->entries);
    const struct hvt_boot_info info = {
        .mem_size = boot->mem_end,
        .kernel_end = boot->kernel_end,
        .cpu_cycle_freq = boot->cycle_frequency,
        .cmdline = mft_at + mft_size,
        .mft = mft_at,
    };
    const struct hvt_boot_ext ext = {
        .magic = HVT_BOOT_EXT_MAGIC,
        .size = sizeof ext,
        .seed = {boot->seed[0], boot->seed[1]},
    };

    guest_put(memory, HVT_BOOT_INFO_BASE, &info, sizeof info);
    guest_put(memory, HVT_BOOT_EXT_BASE, &ext, sizeof ext);
    guest_put(memory, info.mft, boot->mft, mft_size);
    guest_put(memory, info.cmdline, boot->cmdline, strlen(boot->cmdline) + 1);
}
