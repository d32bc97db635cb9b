/* SPDX-License-Identifier: ISC */
/* Passes frames from one network to the other, until the last. */
#include "guest_net.h"

static struct port left, right;

/* Passes on all that waits; returns whether the last was among it. */
static bool pass(const struct port *from, const struct port *to)
{
    bool last = false;
    size_t size;

    while ((size = port_receive(from)) > 0) {
        if (port_frame[14] == FRAME_ACK)
            continue;
        last = last || port_frame[14] == FRAME_LAST;
        port_forward(to, size);
    }
    return last;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    bool last = false;

    (void)info;
    port_acquire(&left, "left");
    port_acquire(&right, "right");
    CHECK(left.handle != right.handle);
    port_meet(text_equal(info->cmdline, "right") ? &right : &left);
    port_meet(text_equal(info->cmdline, "right") ? &left : &right);
    while (!last) {
        solo5_handle_set_t ready;

        solo5_yield(UINT64_MAX, &ready);
        CHECK(ready != 0);
        if (ready & (UINT64_C(1) << left.handle))
            last = pass(&left, &right) || last;
        if (ready & (UINT64_C(1) << right.handle))
            last = pass(&right, &left) || last;
    }
    return success();
}
