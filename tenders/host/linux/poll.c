/* SPDX-License-Identifier: ISC */
/* Polling on Linux. Contract: host.h. */
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "host/host.h"

#define HOST_POLL_MAX 64

int host_poll_create(int *poll_fd, int *timer_fd)
{
    *poll_fd = epoll_create1(EPOLL_CLOEXEC);
    FAIL_IF(*poll_fd < 0, errno, "epoll: %m");
    *timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    FAIL_IF(*timer_fd < 0, errno, "timerfd: %m");
    return host_poll_add(*poll_fd, *timer_fd, HOST_POLL_TIMER);
}

int host_poll_add(int poll_fd, int fd, uint64_t data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};

    FAIL_IF(epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0, errno,
            "descriptor %d cannot be polled%s: %m", fd,
            errno == EEXIST ? ", two devices have it" : "");
    return 0;
}

uint64_t host_poll_wait(int poll_fd, int timer_fd, uint64_t timeout_ns)
{
    const struct itimerspec timeout = {
        .it_value = {(time_t)(timeout_ns / 1000000000),
                     (long)(timeout_ns % 1000000000)}};
    struct epoll_event event[HOST_POLL_MAX];
    uint64_t ready = 0;
    int count;

    /* The timer is not read, so it ends every wait until it is set again. */
    if (timeout_ns > 0)
        timerfd_settime(timer_fd, 0, &timeout, NULL);
    count = epoll_pwait(poll_fd, event, HOST_POLL_MAX, timeout_ns > 0 ? -1 : 0,
                        NULL);
    for (int i = 0; i < count; i++)
        if (event[i].data.u64 != HOST_POLL_TIMER)
            ready |= UINT64_C(1) << event[i].data.u64;
    return ready;
}
