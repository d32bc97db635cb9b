/* SPDX-License-Identifier: ISC */
/* Network devices on Linux. Contract: host.h; their kinds: net.h. */
#include "net.h"

#include <linux/if_ether.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "args.h"
#include "host/host.h"

int host_net_open(const char *name, int *fd, uint16_t *mtu)
{
    const int not_blocking = 1;
    struct stat status;
    uint32_t max_bytes;
    bool is_socket;

    if (*name != '@')
        TRY(tap_attach(name, fd));
    else if (!args_descriptor(name, fd))
        return fail(EINVAL, "%s: not the number of a descriptor", name);
    TRY_SYSTEM(fstat(*fd, &status), "%s: %m", name);
    TRY(host_no_stream(name, &status));
    /* What is refused is somebody else's, and stays as it was. */
    is_socket = S_ISSOCK(status.st_mode);
    if (is_socket)
        TRY(socket_examine(name, *fd, mtu));
    else
        TRY(tap_examine(name, *fd, mtu));
    max_bytes = *mtu + (uint32_t)ETH_HLEN;
    TRY_SYSTEM(ioctl(*fd, FIONBIO, &not_blocking),
               "%s: cannot be made not to block: %m", name);
    /* Nothing gets in while the queue is looked through. A tap's cannot be
     * looked at without taking it out. */
    if (!is_socket)
        queue_drop(*fd, QUEUE_FRAMES_MAX);
    TRY_SYSTEM(queue_limit(*fd, is_socket, max_bytes), "%s: frame size: %m",
               name);
    if (is_socket)
        socket_sift(*fd, max_bytes);
    return 0;
}
