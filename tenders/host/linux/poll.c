/* SPDX-License-Identifier: ISC */
/* Polling and randomness on Linux. Contract: host.h. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host.h"

int host_poll_create(int *poll_fd, int *timer_fd, struct error *error)
{
    *poll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (*poll_fd < 0)
        return error_set(error, errno, "epoll: %s", strerror(errno));
    *timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (*timer_fd < 0) {
        close(*poll_fd);
        return error_set(error, errno, "timerfd: %s", strerror(errno));
    }
    return 0;
}

int host_poll_add(int poll_fd, int fd, uint64_t data, struct error *error)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};

    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return error_set(error, errno, "descriptor %d cannot be polled: %s", fd,
                         errno == EEXIST ? "two devices have it"
                                         : strerror(errno));
    return 0;
}

int host_random(void *buffer, size_t size_bytes, struct error *error)
{
    if (getrandom(buffer, size_bytes, 0) != (ssize_t)size_bytes)
        return error_set(error, EIO, "no random bytes: %s", strerror(errno));
    return 0;
}
