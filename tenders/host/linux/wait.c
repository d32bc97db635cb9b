/* SPDX-License-Identifier: ISC */
/* Waiting for a guest that cannot wait itself. Contract: host.h. */
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "host/host.h"

#define EVENTS_MAX MFT_MAX_ENTRIES /* the devices, and the timer */

uint64_t host_poll_wait(int poll_fd, int timer_fd, uint64_t timeout_ns)
{
    const struct itimerspec timeout = {
        .it_value = {(time_t)(timeout_ns / 1000000000),
                     (long)(timeout_ns % 1000000000)}};
    struct epoll_event event[EVENTS_MAX];
    uint64_t ready = 0;
    int count;

    /* The timer is not read, so it ends every wait until it is set again. */
    if (timeout_ns > 0)
        timerfd_settime(timer_fd, 0, &timeout, NULL);
    count =
        epoll_pwait(poll_fd, event, EVENTS_MAX, timeout_ns > 0 ? -1 : 0, NULL);
    for (int i = 0; i < count; i++)
        if (event[i].data.u64 != HOST_POLL_TIMER)
            ready |= UINT64_C(1) << event[i].data.u64;
    return ready;
}
