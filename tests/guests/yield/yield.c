/* SPDX-License-Identifier: ISC */
/* When solo5_yield returns, and what it reports. */
#include "guest_net.h"

#define MILLISECOND UINT64_C(1000000)

static solo5_time_t now(void)
{
    return solo5_clock_monotonic();
}

static void check_sleeps(solo5_time_t milliseconds)
{
    solo5_handle_set_t ready = 99;
    solo5_time_t deadline = now() + milliseconds * MILLISECOND;

    solo5_yield(deadline, &ready);
    CHECK(now() >= deadline);
    CHECK(ready == 0);
}

/* Deadlines that have passed never sleep, and leave no trace in later ones. */
static void check_deadlines(void)
{
    solo5_handle_set_t ready = 99;
    solo5_time_t deadline;

    solo5_yield(0, &ready);
    CHECK(ready == 0);
    for (int i = 0; i < 1000; i++)
        solo5_yield(now() - 1, NULL);
    check_sleeps(20);
    /* The timer has fired and is not read: it must not wake this one. */
    check_sleeps(20);
    solo5_yield(0, NULL);
    check_sleeps(20);
    /* The same deadline again, after it has passed, and just before. */
    deadline = now() + 20 * MILLISECOND;
    solo5_yield(deadline, NULL);
    CHECK(now() >= deadline);
    solo5_yield(deadline, NULL);
    check_sleeps(20);
    /* A nearer deadline than the one before. */
    deadline = now() + 20 * MILLISECOND;
    solo5_yield(deadline, NULL);
    CHECK(now() >= deadline);
}

/* The peer sends a frame a while after GO; nothing else may end the wait. */
static void check_net(struct port *port, solo5_time_t deadline)
{
    solo5_time_t start;

    port_send(port, FRAME_GO, 0, FRAME_MIN);
    start = now();
    do {
        solo5_handle_set_t ready;

        solo5_yield(deadline, &ready);
        CHECK(ready == UINT64_C(1) << port->handle);
    } while (port_receive(port) == 0 || port_frame[14] != FRAME_LAST);
    CHECK(now() > start);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static struct port port;

    port_acquire(&port, "service");
    if (text_equal(info->cmdline, "deadlines")) {
        check_deadlines();
        return success();
    }
    /* A timer that has fired must not wake a later wait. */
    if (text_equal(info->cmdline, "stale"))
        check_sleeps(20);
    port_meet(&port);
    if (text_equal(info->cmdline, "far"))
        check_net(&port, now() + 3600 * 1000 * MILLISECOND);
    else
        check_net(&port, UINT64_MAX);
    return success();
}
