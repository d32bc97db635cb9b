/* SPDX-License-Identifier: ISC */
/* What the tender tells a guest. Contract: machine.h; layout: hvt_abi.h. */
#include <unistd.h>

#include "machine.h"

/*
 * The low memory, which the guest can only read: this, then the manifest and
 * the command line; at LAYOUT_ARCH_BASE, the architecture's own.
 */
struct boot {
    struct hvt_boot_info info;
    struct hvt_boot_ext ext; /* guests of other toolchains do not look */
};
_Static_assert(HVT_BOOT_INFO_BASE + sizeof(struct boot) + GUEST_TOLD_MAX <=
                   LAYOUT_ARCH_BASE,
               "room");

int machine_tell(const struct machine *machine, uint64_t cycle_frequency)
{
    struct guest *guest = machine->guest;
    const uint64_t mft = HVT_BOOT_INFO_BASE + sizeof(struct boot);
    struct boot boot = {
        .info = {.mem_size = machine->memory.end,
                 .kernel_end = guest->image.end,
                 .cpu_cycle_freq = cycle_frequency,
                 .cmdline = {mft + MFT_SIZE(guest->image.manifest.mft.entries)},
                 .mft = {mft}},
        .ext = {.magic = HVT_BOOT_EXT_MAGIC, .size = sizeof boot.ext},
    };

    TRY_SYSTEM(getentropy(boot.ext.seed, sizeof boot.ext.seed),
               "no random seed: %m");
    guest_put_boot(guest, &machine->memory, (guest_addr_t){HVT_BOOT_INFO_BASE},
                   &boot, sizeof boot);
    return 0;
}
