/* SPDX-License-Identifier: ISC */
/* Sends large frames back, until the last. */
#include "guest_net.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct port port;
    bool last;

    (void)info;
    port_acquire(&port, "service");
    CHECK(port.info.mtu == 9000);
    port_meet(&port);
    do {
        size_t size = port_wait(&port);

        CHECK(frame_payload_holds(port_frame, size));
        last = port_frame[14] == FRAME_LAST;
        port_forward(&port, size);
    } while (!last);
    return success();
}
