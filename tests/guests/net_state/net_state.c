/* SPDX-License-Identifier: ISC */
/*
 * Tells what a network device does whose host changes its state (caller
 * networking). Without arguments: sends a frame every 20 ms, acknowledges each
 * that comes and writes its size, until the last. "sleep": waits, and nothing
 * else; "write", "read": does that, and nothing else; "alone": as without
 * arguments, for ten times.
 */
#include "guest_net.h"

#define TURN_NS UINT64_C(20000000)
/* So often may something be ready that is not there to be read. */
#define IDLE_MAX 100

static struct port port;

/* Does the one thing of that name. Returns whether there is one. */
static bool step(const char *name)
{
    size_t size;

    if (text_equal(name, "sleep"))
        solo5_yield(UINT64_MAX, NULL);
    else if (text_equal(name, "write"))
        port_send(&port, FRAME_HELLO, 0, FRAME_MIN);
    else if (text_equal(name, "read"))
        CHECK(solo5_net_read(port.handle, port_frame,
                             port.info.mtu + SOLO5_NET_HLEN,
                             &size) != SOLO5_R_EUNSPEC);
    else
        return false;
    return true;
}

/* Returns how many bytes before its own frame a tag takes. */
static size_t tag_size(const uint8_t *frame)
{
    return frame[12] == 0x81 && frame[13] == 0 ? 4 : 0;
}

/* Writes the size of the frame in port_frame, and acknowledges it. Returns
 * whether it was the last one. */
static bool take(size_t size)
{
    const size_t tag = tag_size(port_frame);
    const uint8_t *frame = port_frame + tag;
    const bool whole =
        frame_sequence(frame) == size && frame_payload_holds(frame, size - tag);
    const bool last = frame[14] == FRAME_LAST;

    say_number(whole ? "frame " : "cut frame ", size);
    port_send(&port, FRAME_ACK, (uint32_t)size, FRAME_MIN);
    return last;
}

/* Takes all that waits. Returns whether the last one was among it. */
static bool take_all(unsigned *idle)
{
    for (;;) {
        size_t size;
        const solo5_result_t result = solo5_net_read(
            port.handle, port_frame, port.info.mtu + SOLO5_NET_HLEN, &size);

        CHECK(result == SOLO5_R_OK || result == SOLO5_R_AGAIN);
        if (result == SOLO5_R_AGAIN)
            return false;
        *idle = 0;
        /* The host's kernel talks, too. */
        if (frame_is_ours(port_frame + tag_size(port_frame),
                          size - tag_size(port_frame)) &&
            take(size))
            return true;
    }
}

int solo5_app_main(const struct solo5_start_info *info)
{
    const bool alone = text_equal(info->cmdline, "alone");
    unsigned idle = 0;
    bool last = false;

    port_acquire(&port, "service");
    say_number("mtu ", port.info.mtu);
    say("ready\n");
    while (step(info->cmdline))
        ;
    for (int turns = 0; !last && !(alone && turns == 10); turns++) {
        const solo5_time_t turn = solo5_clock_monotonic() + TURN_NS;

        port_send(&port, FRAME_HELLO, 0, FRAME_MIN);
        while (!last && solo5_clock_monotonic() < turn) {
            solo5_handle_set_t ready;

            solo5_yield(turn, &ready);
            if (ready != 0) {
                idle++;
                last = take_all(&idle);
            }
            CHECK(idle < IDLE_MAX);
        }
    }
    return success();
}
