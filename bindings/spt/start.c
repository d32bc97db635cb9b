/* SPDX-License-Identifier: ISC */
/* Start and end of spt guests, and the note that says what they are. */
#include "start.h"

#include "boot_ext.h"
#include "elf_note.h"
#include "hooks.h"
#include "linux.h"
#include "spt.h"

SOLO5_ABI1_NOTE_DECLARE(SOLO5_TARGET_SPT, SPT_ABI_VERSION);

/* Returns the extension behind boot info; what it does not tell is 0. */
static struct spt_boot_ext extension(const struct spt_boot_info *boot)
{
    const struct spt_boot_ext *ext = (const void *)(boot + 1);
    const uint64_t size = boot_ext_size(ext, SPT_BOOT_EXT_MAGIC, boot->mft);
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
spt_start(const struct spt_boot_info *boot)
{
    struct spt_boot_ext ext = extension(boot);
    struct boot facts = {
        .target = "spt",
        .cmdline = (const char *)boot->cmdline,
        .mft = (const struct mft *)boot->mft,
        .heap_start = boot->kernel_end,
        .heap_end = boot->mem_size,
    };

    clock_init(ext.clock_gettime);
    yield_init(boot->epollfd, boot->timerfd);
    /*
     * Without a seed from the tender, the nanosecond of the start has to do:
     * both clocks, for the second tells machines apart that boot alike.
     */
    __builtin_memcpy(facts.seed, ext.seed, sizeof(facts.seed));
    facts.seed[0] ^= target_clock_monotonic();
    facts.seed[1] ^= target_clock_wall();
    start(&facts);
}

_Noreturn void target_exit(int status)
{
    linux_exit_group(status);
}

solo5_result_t target_set_tls_base(uintptr_t base)
{
    return set_tp(base) == 0 ? SOLO5_R_OK : SOLO5_R_EINVAL;
}
