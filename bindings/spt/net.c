/* SPDX-License-Identifier: ISC */
/* Network devices: descriptors that do not block, one frame a call. */
#include "exit.h"
#include "hooks.h"
#include "linux.h"
#include "spt.h"

static _Noreturn void abort_gone(const struct mft_entry *device)
{
    abort_because(device->name, "the network device is gone for good");
}

/* What a call's error means. quiet: the result if it is none of the
 * device's. */
static solo5_result_t result_of(const struct mft_entry *device, long error,
                                solo5_result_t quiet)
{
    switch (error) {
    case -EAGAIN:
    case -ENOBUFS:
    case -ENOMEM:
    case -EIO:          /* a tap that is down */
    case -ECONNREFUSED: /* a socket that nobody is at the other end of, */
    case -ENOTCONN:
    case -ECONNRESET: /* or somebody who listens to others */
    case -EPERM:
        return quiet;
    case -EBADFD: /* a tap that was deleted */
    case -EPIPE:
        abort_gone(device);
    default:
        return SOLO5_R_EUNSPEC;
    }
}

solo5_result_t target_net_write(const struct mft_entry *device,
                                const uint8_t *buf, size_t size)
{
    long written = linux_write(device->b.hostfd, buf, size);

    /* No room, or no link: dropped. */
    return written == (long)size ? SOLO5_R_OK
                                 : result_of(device, written, SOLO5_R_OK);
}

solo5_result_t target_net_read(const struct mft_entry *device, uint8_t *buf,
                               size_t size, size_t *read_size)
{
    long got = linux_read(device->b.hostfd, buf, size);

    if (got == 0)
        return SOLO5_R_AGAIN;
    if (got < 0)
        return result_of(device, got, SOLO5_R_AGAIN);
    *read_size = (size_t)got;
    return SOLO5_R_OK;
}

void net_check(const struct mft_entry *device, uint32_t events)
{
    char byte;

    /* An error is the end of a tap, which reading nothing tells, too. Of a
     * socket it may be one that the next read tells, and that is over then. */
    if ((events & (EPOLLHUP | EPOLLRDHUP)) != 0 ||
        ((events & EPOLLERR) != 0 &&
         linux_read(device->b.hostfd, &byte, 0) < 0))
        abort_gone(device);
}
