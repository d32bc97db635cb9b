/* SPDX-License-Identifier: ISC */
/* Executes a trap instruction, or loses its stack; the argument says which. */
#include "guest.h"
#include "guest_arch.h"

static const uint64_t rodata[16] = {1};

/* Calls itself until no stack is left. */
static uint64_t overrun(uint64_t depth)
{
    volatile uint64_t frame[32];

    frame[0] = depth;
    if (frame[0] != UINT64_MAX)
        frame[1] = overrun(depth + 1);
    return frame[0] + frame[1];
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const char *how = info->cmdline;

    say("before\n");
    if (text_equal(how, "overrun"))
        overrun(0);
    else if (text_equal(how, "stack-absent"))
        TRAP_WITH_STACK(0x1000);
    else if (text_equal(how, "stack-read-only"))
        TRAP_WITH_STACK((uintptr_t)(rodata + 8));
    else if (text_equal(how, "stack-beyond"))
        TRAP_WITH_STACK(0x8000000000);
    else if (text_equal(how, "stack-odd"))
        TRAP_WITH_STACK(0x8000000000000003);
    else
        TRAP();
    return success();
}
