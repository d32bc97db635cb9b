/* SPDX-License-Identifier: ISC */
/* Waiting: the tender does it, for a time from now. */
#include "hooks.h"
#include "hvt.h"
#include "hypercall.h"

solo5_handle_set_t target_yield(solo5_time_t deadline)
{
    struct hvt_hc_poll call;
    solo5_time_t now = solo5_clock_monotonic();

    do {
        call = (struct hvt_hc_poll){.timeout_nsecs =
                                        deadline > now ? deadline - now : 0};
        hypercall(HVT_HYPERCALL_POLL, &call);
    } while (call.ready_set == 0 && (now = solo5_clock_monotonic()) < deadline);
    return call.ready_set;
}
