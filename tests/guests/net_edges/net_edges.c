/* SPDX-License-Identifier: ISC */
/* Frames and buffers of just the right size, and one byte off. */
#include "guest_net.h"

int solo5_app_main(const struct solo5_start_info *info)
{
    struct port port;
    size_t longest, size = 77;
    solo5_result_t result;

    (void)info;
    port_acquire(&port, "service");
    longest = port.info.mtu + SOLO5_NET_HLEN;
    port_meet(&port);

    /* The peer's frame waits until a buffer is large enough. */
    CHECK(solo5_net_read(port.handle, port_frame, longest - 1, &size) ==
          SOLO5_R_EINVAL);
    CHECK(solo5_net_read(port.handle, port_frame, 0, &size) == SOLO5_R_EINVAL);
    CHECK(size == 77);
    size = port_wait(&port);
    CHECK(size == longest && frame_sequence(port_frame) == 1);
    CHECK(frame_payload_holds(port_frame, size));
    do
        result = solo5_net_read(port.handle, port_frame, longest, &size);
    while (result == SOLO5_R_OK);
    CHECK(result == SOLO5_R_AGAIN);

    port_send(&port, FRAME_DATA, 1, longest);
    frame_write(port_frame, longest + 1, port.peer, port.mac, FRAME_DATA, 9);
    CHECK(solo5_net_write(port.handle, port_frame, longest + 1) ==
          SOLO5_R_EINVAL);
    CHECK(solo5_net_write(port.handle, port_frame, SIZE_MAX) == SOLO5_R_EINVAL);
    port_send(&port, FRAME_DATA, 2, FRAME_MIN);
    port_send(&port, FRAME_DATA, 3, longest);
    return success();
}
