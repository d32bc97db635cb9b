/* SPDX-License-Identifier: ISC */
/*
 * Looks at what of its processor and hypervisor a guest is shown, and touches
 * what is not, as the first argument says. What must end the guest is followed
 * by "after".
 */
#include "guest.h"
#include "guest_arch.h"

#if __has_include("surface_arch.h")

#include "surface_arch.h"

/* Each returns the name of what is wrong; NULL: nothing. */
static const struct {
    const char *name;
    const char *(*wrong)(void);
} looks[] = {
    {"features", surface_features}, {"registers", surface_registers},
    {"topology", surface_topology}, {"kept", surface_kept},
    {"calls", surface_calls},
};

/* Each returns whether it was told that nothing is there. */
static const struct {
    const char *name;
    bool (*refused)(void);
} touches[] = {
    {"forbidden", surface_register},
    {"counter", surface_counter},
    {"other-call", surface_other_call},
    {"priority", surface_priority},
    {"tables", surface_tables},
    {"stop", surface_stop},
    {"off", surface_off},
    {"suspend", surface_suspend},
    {"wait", surface_wait},
};

int solo5_app_main(const struct solo5_start_info *info)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        const char *wrong;

        if (!text_equal(info->cmdline, looks[i].name))
            continue;
        wrong = looks[i].wrong();
        if (wrong == NULL)
            return success();
        say("wrong: ");
        say(wrong);
        say("\n");
        return SOLO5_EXIT_FAILURE;
    }
    for (size_t i = 0; i < sizeof touches / sizeof *touches; i++) {
        if (!text_equal(info->cmdline, touches[i].name))
            continue;
        say("before\n");
        if (touches[i].refused())
            return success();
        say("after\n");
    }
    return SOLO5_EXIT_FAILURE;
}

#else

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    return SOLO5_EXIT_FAILURE;
}

#endif
