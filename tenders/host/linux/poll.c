/* SPDX-License-Identifier: ISC */
/* Polling and randomness on Linux. Contract: host.h. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host.h"

#define HOST_POLL_MAX 64

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

/* The timer is not read, so it ends every wait until it is set again. */
static void timer_set(int timer_fd, uint64_t timeout_ns)
{
    struct itimerspec value = {0};

    value.it_value.tv_sec = (time_t)(timeout_ns / 1000000000);
    value.it_value.tv_nsec = (long)(timeout_ns % 1000000000);
    timerfd_settime(timer_fd, 0, &value, NULL);
}

uint64_t host_poll_wait(int poll_fd, int timer_fd, uint64_t timeout_ns)
{
    struct epoll_event event[HOST_POLL_MAX];
    uint64_t ready = 0;
    int count;

    if (timeout_ns > 0)
        timer_set(timer_fd, timeout_ns);
    count = epoll_pwait(poll_fd, event, HOST_POLL_MAX, timeout_ns > 0 ? -1 : 0,
                        NULL);
    for (int i = 0; i < count; i++)
        if (event[i].data.u64 != HOST_POLL_TIMER)
            ready |= UINT64_C(1) << event[i].data.u64;
    return ready;
}

int host_random(void *buffer, size_t size_bytes, struct error *error)
{
    if (getrandom(buffer, size_bytes, 0) != (ssize_t)size_bytes)
        return error_set(error, EIO, "no random bytes: %s", strerror(errno));
    return 0;
}
