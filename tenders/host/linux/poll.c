/* SPDX-License-Identifier: ISC */
/* Polling on Linux. Contract: host.h. */
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "host/host.h"

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
    /* A socket whose other end will write no more is gone, not to be read. */
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP,
                                .data.u64 = data};

    TRY_SYSTEM(epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event),
               "descriptor %d cannot be polled%s: %m", fd,
               errno == EEXIST ? ", two devices have it" : "");
    return 0;
}
