/* SPDX-License-Identifier: ISC */
/* Start and end of hvt guests, and the note that says what they are. */
#include "start.h"

#include "boot_ext.h"
#include "elf_note.h"
#include "hooks.h"
#include "hvt.h"
#include "hypercall.h"
#include "machine.h"

SOLO5_ABI1_NOTE_DECLARE(SOLO5_TARGET_HVT, HVT_ABI_VERSION);

_Static_assert(HVT_R_OK == (int)SOLO5_R_OK &&
                   HVT_R_AGAIN == (int)SOLO5_R_AGAIN &&
                   HVT_R_EINVAL == (int)SOLO5_R_EINVAL &&
                   HVT_R_EUNSPEC == (int)SOLO5_R_EUNSPEC,
               "results");

/* Adds the tender's random bytes, if it gives any. */
static void seed_add(const struct hvt_boot_info *info, uint64_t seed[2])
{
    const struct hvt_boot_ext *ext = (const void *)(info + 1);
    const uint64_t size = boot_ext_size(ext, HVT_BOOT_EXT_MAGIC, info->mft);

    if (!BOOT_EXT_HAS(size, struct hvt_boot_ext, seed))
        return;
    seed[0] ^= ext->seed[0];
    seed[1] ^= ext->seed[1];
}

__attribute__((no_stack_protector)) _Noreturn void
hvt_start(const struct hvt_boot_info *info)
{
    struct boot boot = {
        .target = "hvt",
        .cmdline = (const char *)info->cmdline,
        .mft = (const struct mft *)info->mft,
        .heap_start = info->kernel_end,
        .heap_end = info->mem_size,
    };

    cpu_init();
    clock_init(info->cpu_cycle_freq);
    boot.seed[0] = target_clock_monotonic();
    boot.seed[1] = target_clock_wall();
    seed_add(info, boot.seed);
    start(&boot);
}

/* COOKIE: HVT_HALT_COOKIE_SIZE bytes that say more, or NULL. */
static _Noreturn void halt(int status, const void *cookie)
{
    struct hvt_hc_halt call = {.cookie = (uintptr_t)cookie,
                               .exit_status = status};

    for (;;)
        hypercall(HVT_HYPERCALL_HALT, &call);
}

_Noreturn void target_exit(int status)
{
    halt(status, NULL);
}

_Noreturn void target_end_trapped(const struct trap *trap)
{
    /* There may be little left of the traps' stack. */
    static uint64_t cookie[TRAP_MAX_STATE];
    _Static_assert(sizeof cookie == HVT_HALT_COOKIE_SIZE, "cookie");

    for (unsigned i = 0; i < trap->state_count; i++)
        cookie[i] = trap->state[i];
    halt(SOLO5_EXIT_ABORT, trap->state_count > 0 ? cookie : NULL);
}
