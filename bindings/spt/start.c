/* SPDX-License-Identifier: ISC */
/* Start and end of spt guests, and the note that says what they are. */
#include "start.h"

#include "boot_ext.h"
#include "elf_note.h"
#include "hooks.h"
#include "linux.h"
#include "spt.h"

SOLO5_ABI1_NOTE_DECLARE(SOLO5_TARGET_SPT, SPT_ABI_VERSION);

/* Returns the extension after boot info; what it does not tell is 0. */
static struct spt_boot_ext extension(const struct spt_boot_info *info)
{
    const struct spt_boot_ext *ext = (const void *)(info + 1);
    const uint64_t size = boot_ext_size(ext, SPT_BOOT_EXT_MAGIC, info->mft);
    struct spt_boot_ext known = {0};

    if (BOOT_EXT_HAS(size, struct spt_boot_ext, clock_gettime))
        known.clock_gettime = ext->clock_gettime;
    if (BOOT_EXT_HAS(size, struct spt_boot_ext, seed)) {
        for (size_t i = 0; i < sizeof(known.seed); i++)
            known.seed[i] = ext->seed[i];
    }
    return known;
}

__attribute__((no_stack_protector)) _Noreturn void
spt_start(const struct spt_boot_info *info)
{
    struct spt_boot_ext ext = extension(info);
    struct boot boot = {
        .target = "spt",
        .cmdline = (const char *)info->cmdline,
        .mft = (const struct mft *)info->mft,
        .heap_start = info->kernel_end,
        .heap_end = info->mem_size,
    };

    clock_init(ext.clock_gettime);
    yield_init(info->epollfd, info->timerfd, boot.mft);
    __builtin_memcpy(boot.seed, ext.seed, sizeof(boot.seed));
    if ((boot.seed[0] | boot.seed[1]) == 0) {
        /*
         * Without a seed from the tender, the nanosecond of the start has to
         * do: both clocks, for the second tells machines apart that boot alike.
         */
        boot.seed[0] = target_clock_monotonic();
        boot.seed[1] = target_clock_wall();
    }
    start(&boot);
}

_Noreturn void target_exit(int status)
{
    linux_exit_group(status);
}

solo5_result_t target_set_tls_base(uintptr_t base)
{
    return set_tp(base) == 0 ? SOLO5_R_OK : SOLO5_R_EINVAL;
}
