/* SPDX-License-Identifier: ISC */
/*
 * What tenders of the field tell an hvt guest, in place of tenders/hvt/boot.c:
 * boot info of 40 or 56 bytes, the manifest right behind it, the command line
 * behind that, and nothing of ours.
 */
#include "abi.h"
#include "machine.h"

int machine_tell(const struct machine *machine, uint64_t cycle_frequency)
{
    struct guest *guest = machine->guest;
    const uint64_t mft = HVT_BOOT_INFO_BASE + BOOT_INFO_BYTES;
    const struct hvt_boot_info info = {
        .mem_size = machine->memory.end,
        .kernel_end = guest->image.end,
        .cpu_cycle_freq = cycle_frequency,
        .cmdline = {mft + MFT_SIZE(guest->image.manifest.mft.entries)},
        .mft = {mft},
    };

    guest_put_boot(guest, &machine->memory, (guest_addr_t){HVT_BOOT_INFO_BASE},
                   &info, BOOT_INFO_BYTES);
    return 0;
}
