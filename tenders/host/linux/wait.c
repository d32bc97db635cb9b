/* SPDX-License-Identifier: ISC */
/* What a guest that makes no system calls needs done. Contract: host.h. */
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/host.h"

#define EVENTS_MAX MFT_MAX_ENTRIES /* the devices, and the timer */

static int fail_gone(const struct mft_entry *device)
{
    return fail(
        ENODEV,
        "%s: the network device is gone for good: its tap was deleted, or its socket closed at the other end",
        device->name);
}

int host_net_result(const struct mft_entry *device, ssize_t done)
{
    if (done > 0)
        return HOST_NET_MOVED;
    if (done == 0)
        return HOST_NET_QUIET;
    switch (errno) {
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
    case EIO:          /* a tap that is down */
    case ECONNREFUSED: /* a socket that nobody is at the other end of, */
    case ENOTCONN:
    case ECONNRESET: /* or somebody who listens to others */
    case EPERM:
        return HOST_NET_QUIET;
    case EBADFD: /* a tap that was deleted */
    case EPIPE:
        return fail_gone(device);
    default:
        return HOST_NET_FAILED;
    }
}

/* Requires that DEVICE, of which the poll set reports EVENTS, is not gone. */
static int net_check(const struct mft_entry *device, uint32_t events)
{
    char byte;

    /* An error is the end of a tap, which reading nothing tells, too. Of a
     * socket it may be one that the next read tells, and that is over then. */
    if ((events & (EPOLLHUP | EPOLLRDHUP)) != 0 ||
        ((events & EPOLLERR) != 0 && read(device->b.hostfd, &byte, 0) < 0))
        return fail_gone(device);
    return 0;
}

int host_poll_wait(const struct policy *policy, uint64_t timeout_ns,
                   uint64_t *ready)
{
    const struct itimerspec timeout = {
        .it_value = {(time_t)(timeout_ns / 1000000000),
                     (long)(timeout_ns % 1000000000)}};
    struct epoll_event event[EVENTS_MAX];
    int count;

    /* The timer is not read, so it ends every wait until it is set again. */
    if (timeout_ns > 0)
        timerfd_settime(policy->timer_fd, 0, &timeout, NULL);
    RETRY(count, epoll_pwait(policy->poll_fd, event, EVENTS_MAX,
                             timeout_ns > 0 ? -1 : 0, NULL));
    *ready = 0;
    for (int i = 0; i < count; i++) {
        const uint64_t handle = event[i].data.u64;

        if (handle == HOST_POLL_TIMER)
            continue;
        TRY(net_check(&policy->mft->e[handle], event[i].events));
        *ready |= UINT64_C(1) << handle;
    }
    return 0;
}
