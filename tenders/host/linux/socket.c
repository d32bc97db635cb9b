/* SPDX-License-Identifier: ISC */
/* Sockets of frames on Linux. Contract: net.h; see unix(7). */
#include <linux/if_ether.h>
#include <sys/socket.h>

#include "host/host.h"
#include "net.h"

int socket_examine(const char *name, int fd, uint16_t *mtu)
{
    struct sockaddr peer;
    int domain = 0, type = 0;
    socklen_t size = sizeof type, peer_size = sizeof peer;

    TRY_SYSTEM(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size),
               "%s: socket: %m", name);
    TRY_SYSTEM(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size),
               "%s: socket: %m", name);
    FAIL_IF(
        domain != AF_UNIX || (type != SOCK_DGRAM && type != SOCK_SEQPACKET),
        EINVAL,
        "%s: no tap, and of frames are only sockets of AF_UNIX, SOCK_DGRAM or SOCK_SEQPACKET; this is one of family %d, type %d",
        name, domain, type);
    /* One that only waits for connections has no other end. */
    if (type == SOCK_SEQPACKET)
        TRY_SYSTEM(getpeername(fd, &peer, &peer_size), "%s: socket: %m", name);
    *mtu = ETH_DATA_LEN;
    return 0;
}

void socket_sift(int fd, uint32_t max_bytes)
{
    static char frame[UINT16_MAX];
    uint32_t bad_end = 0;
    int from = 0;

    /* Peeking then moves on by what it has copied (socket(7)). */
    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &from, sizeof from);
    for (uint32_t i = 0, count = 1; i <= QUEUE_FRAMES_MAX; i++) {
        const ssize_t size =
            recv(fd, frame, sizeof frame, MSG_PEEK | MSG_TRUNC);

        if (size < 0 && errno == EAGAIN)
            break;
        if (size > (ssize_t)max_bytes)
            bad_end = count;
        /* An error is no frame, and of a longer one the rest comes next. */
        count += size >= 0 && size <= (ssize_t)sizeof frame;
    }
    from = -1;
    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &from, sizeof from);
    queue_drop(fd, bad_end);
}
