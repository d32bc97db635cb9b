/* SPDX-License-Identifier: ISC */
/* Executes a trap instruction, or loses its stack; the argument says which. */
#include "guest.h"
#include "guest_arch.h"

static const uint64_t rodata[16] = {1};

/* Larger than a page of any host's. So is what lies below the page under the
 * heap, where such a frame would write if it jumped over that page. */
#define FRAME_BYTES 0x20000
__attribute__((used)) static uint8_t zeroes[2 * FRAME_BYTES];

__attribute__((noinline)) static uint64_t frame_use(void)
{
    uint8_t frame[FRAME_BYTES];

    opaque((uintptr_t)frame)[0] = 1;
    return frame[0];
}

/* Calls itself until its frame is below LOW, then uses one of many pages. LOW
 * of 0: until no stack is left. */
static uint64_t overrun(uint64_t depth, uintptr_t low)
{
    volatile uint64_t frame[32];

    frame[0] = depth;
    if ((uintptr_t)frame >= low)
        frame[1] = overrun(depth + 1, low);
    else
        frame[1] = frame_use();
    return frame[0] + frame[1];
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const char *how = info->cmdline;

    say("before\n");
    if (text_equal(how, "overrun"))
        overrun(0, 0);
    else if (text_equal(how, "overrun-frame"))
        overrun(0, FRAMES_ARE_PROBED ? info->heap_start + 2048 : 0);
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
