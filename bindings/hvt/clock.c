/* SPDX-License-Identifier: ISC */
/* The time of day: one exit. */
#include "hvt.h"
#include "hypercall.h"
#include "machine.h"

uint64_t target_ask_time(void)
{
    struct hvt_hc_walltime call = {0};

    hypercall(HVT_HYPERCALL_WALLTIME, &call);
    return call.nsecs;
}
