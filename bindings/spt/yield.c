/* SPDX-License-Identifier: ISC */
/*
 * Waiting: one epoll instance over all network devices and one timer, both
 * made by the tender, level-triggered.
 */
#include "exit.h"
#include "hooks.h"
#include "linux.h"
#include "spt.h"

/* Every device but record 0, and the timer. */
#define EVENTS_MAX MFT_MAX_ENTRIES

#define NEVER UINT64_MAX

static int epoll_fd, timer_fd;
static const struct mft *devices;

/*
 * The time that the timer is set to. From then on it is readable and ends
 * every wait at once, until it is set again: reading it is not ours to do.
 */
static solo5_time_t armed = NEVER;

void yield_init(int epollfd, int timerfd, const struct mft *mft)
{
    epoll_fd = epollfd;
    timer_fd = timerfd;
    devices = mft;
}

/*
 * Sees to it that the timer ends a wait at `deadline` or before, but not
 * now. Before is good enough: it costs one more round, at that time, while
 * deadlines that move away with every packet would cost a call each.
 */
static void arm(solo5_time_t now, solo5_time_t deadline)
{
    struct itimerspec value = {0}; /* never */

    if (now < armed && armed <= deadline)
        return;
    if (deadline != NEVER) {
        value.it_value.tv_sec = (int64_t)(deadline / 1000000000);
        value.it_value.tv_nsec = (int64_t)(deadline % 1000000000);
    }
    if (linux_timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &value) != 0)
        abort_because("solo5_yield", "the host refused to set the timer");
    armed = deadline;
}

/* Returns the devices to read. timeout_ms: -1 waits, 0 does not. */
static solo5_handle_set_t poll(int timeout_ms)
{
    struct epoll_event events[EVENTS_MAX];
    solo5_handle_set_t ready = 0;
    long count = linux_epoll_pwait(epoll_fd, events, EVENTS_MAX, timeout_ms);

    if (count < 0)
        abort_because("solo5_yield", "the host failed to wait for events");
    for (long i = 0; i < count; i++) {
        const uint64_t handle = events[i].data;

        if (handle == SPT_INTERNAL_TIMERFD)
            continue;
        net_check(&devices->e[handle], events[i].events);
        ready |= (solo5_handle_set_t)1 << handle;
    }
    return ready;
}

solo5_handle_set_t target_yield(solo5_time_t deadline)
{
    solo5_handle_set_t ready;
    solo5_time_t now;

    if (deadline == 0)
        return poll(0);
    now = solo5_clock_monotonic();
    if (deadline <= now)
        return poll(0);
    do {
        arm(now, deadline);
        ready = poll(-1);
    } while (ready == 0 && (now = solo5_clock_monotonic()) < deadline);
    return ready;
}
