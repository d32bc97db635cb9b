/* SPDX-License-Identifier: ISC */
/* Calls its own constants. */
#include "guest.h"
#include "guest_arch.h"

static const _Alignas(16) uint8_t code[] = {RETURN_CODE};

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    say("before\n");
    ((void (*)(void))(uintptr_t)opaque((uintptr_t)code))();
    return success();
}
