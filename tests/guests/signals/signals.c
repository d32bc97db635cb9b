/* SPDX-License-Identifier: ISC */
/*
 * What a guest can be doing when its tender gets a signal, named by the first
 * argument. Only naps end by themselves, and only once their time is over.
 */
#include "guest.h"
#include "guest_arch.h"

#define NAP_NS UINT64_C(1000000000)

/* By one hypercall, without the bindings' loop around it. */
static void wait_once(void)
{
#ifdef HVT_CALL
    struct hvt_hc_poll poll = {.timeout_nsecs = NAP_NS};

    HVT_CALL(HVT_HYPERCALL_POLL, (uint32_t)(uintptr_t)&poll);
#endif
}

static int nap(bool by_poll)
{
    solo5_handle_set_t ready = 0;
    solo5_time_t end = solo5_clock_monotonic() + NAP_NS;

    if (by_poll)
        wait_once();
    else
        solo5_yield(end, &ready);
    CHECK(ready == 0);
    CHECK(solo5_clock_monotonic() >= end);
    return success();
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static volatile int never;
    static char text[1024];

    say("READY\n");
    if (text_equal(info->cmdline, "nap"))
        return nap(false);
    if (text_equal(info->cmdline, "poll"))
        return nap(true);
    if (text_equal(info->cmdline, "abort"))
        solo5_abort();
    if (text_equal(info->cmdline, "fault"))
        *opaque(16) = 1;
    if (text_equal(info->cmdline, "astray")) {
        solo5_set_tls_base(16);
        SPIN_ASTRAY();
    }
    while (never == 0) {
        if (text_equal(info->cmdline, "sleep"))
            solo5_yield(UINT64_MAX, NULL);
        if (text_equal(info->cmdline, "write"))
            solo5_console_write(text, sizeof text);
    }
    return SOLO5_EXIT_FAILURE;
}
