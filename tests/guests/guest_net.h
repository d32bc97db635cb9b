/* SPDX-License-Identifier: ISC */
/* How test guests meet their peer and pass frames on. */
#ifndef GUEST_NET_H
#define GUEST_NET_H

#include "frame.h"
#include "guest.h"

/* Between two HELLOs; an unanswered one is no error, the peer may be late. */
#define GUEST_NET_HELLO_NS UINT64_C(20000000)

struct port {
    solo5_handle_t handle;
    struct solo5_net_info info;
    struct frame_mac mac;
    struct frame_mac peer;
};

static uint8_t port_frame[FRAME_MAX];

static inline void port_acquire(struct port *port, const char *name)
{
    CHECK(solo5_net_acquire(name, &port->handle, &port->info) == SOLO5_R_OK);
    memcpy(port->mac.byte, port->info.mac_address, 6);
    memset(port->peer.byte, 0xff, 6);
}

static inline void port_send(const struct port *port, enum frame_op op,
                             uint32_t sequence, size_t size)
{
    frame_write(port_frame, size, port->peer, port->mac, op, sequence);
    CHECK(solo5_net_write(port->handle, port_frame, size) == SOLO5_R_OK);
}

/* Reads the next frame of ours into port_frame; 0: none waits. */
static inline size_t port_receive(const struct port *port)
{
    size_t size;
    solo5_result_t result;

    for (;;) {
        result = solo5_net_read(port->handle, port_frame,
                                port->info.mtu + SOLO5_NET_HLEN, &size);
        if (result == SOLO5_R_AGAIN)
            return 0;
        CHECK(result == SOLO5_R_OK);
        CHECK(size <= port->info.mtu + SOLO5_NET_HLEN);
        if (frame_is_ours(port_frame, size))
            return size;
    }
}

/* Waits for the next frame that is not one more ACK. */
static inline size_t port_wait(const struct port *port)
{
    for (;;) {
        size_t size = port_receive(port);

        if (size > 0 && port_frame[14] != FRAME_ACK)
            return size;
        if (size == 0)
            solo5_yield(UINT64_MAX, NULL);
    }
}

/* Says HELLO until the peer answers, and learns its address. */
static inline void port_meet(struct port *port)
{
    for (;;) {
        solo5_time_t again = solo5_clock_monotonic() + GUEST_NET_HELLO_NS;

        port_send(port, FRAME_HELLO, 0, FRAME_MIN);
        while (solo5_clock_monotonic() < again) {
            if (port_receive(port) > 0 && port_frame[14] == FRAME_ACK) {
                memcpy(port->peer.byte, port_frame + 6, 6);
                return;
            }
            solo5_yield(again, NULL);
        }
    }
}

/* Sends the frame in port_frame on through PORT, addressed to its peer. */
static inline void port_forward(const struct port *port, size_t size)
{
    memcpy(port_frame, port->peer.byte, 6);
    memcpy(port_frame + 6, port->mac.byte, 6);
    CHECK(solo5_net_write(port->handle, port_frame, size) == SOLO5_R_OK);
}

#endif
