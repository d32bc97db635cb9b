/* SPDX-License-Identifier: ISC */
/* Looks at what of its processor a guest is shown, and touches what is not. */
#include "guest.h"
#include "guest_arch.h"

#ifdef HVT_CALL

int solo5_app_main(const struct solo5_start_info *info)
{
    if (text_equal(info->cmdline, "features")) {
        const char *wrong = surface_wrong();

        if (wrong != NULL) {
            say("shown: ");
            say(wrong);
            say("\n");
            return SOLO5_EXIT_FAILURE;
        }
        return success();
    }
    say("before\n");
    SURFACE_FORBIDDEN();
    return SOLO5_EXIT_FAILURE;
}

#else

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    return SOLO5_EXIT_FAILURE;
}

#endif
