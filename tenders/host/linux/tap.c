/* SPDX-License-Identifier: ISC */
/*
 * Taps on Linux. Contract: net.h; the interface: kernel
 * Documentation/networking/tuntap.rst and linux/if_tun.h. Descriptors that are
 * made on the way stay open here: guest.c closes all that no device is.
 */
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/host.h"
#include "net.h"

int tap_attach(const char *name, int *fd)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    /* The kernel would cut it, and make a tap that is not there. */
    FAIL_IF(strlen(name) >= IFNAMSIZ, ENAMETOOLONG,
            "%s: too long: a tap's name has at most %d characters", name,
            IFNAMSIZ - 1);
    FAIL_IF(if_nametoindex(name) == 0, errno, "%s: %m%s", name,
            errno == ENODEV ? "; make such a tap with `ip tuntap add`" : "");
    *fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    FAIL_IF(*fd < 0, errno, "/dev/net/tun: %m; %s",
            errno == EACCES ? "be root, or let others open it"
                            : "load the kernel's tun module");
    memcpy(request.ifr_name, name, strlen(name));
    TRY_SYSTEM(ioctl(*fd, TUNSETIFF, &request), "%s: cannot attach: %m%s", name,
               errno == EBUSY    ? "; another program has it"
               : errno == EINVAL ? "; it is no tap of one queue"
               : errno == EPERM  ? "; be root or its owner"
                                 : "");
    return 0;
}

/* Reads flags and name of the tap FD. */
static int plain_require(const char *name, int fd, struct ifreq *request)
{
    TRY_SYSTEM(ioctl(fd, TUNGETIFF, request),
               "%s: no tap, nor a socket of frames: %m", name);
    FAIL_IF((request->ifr_flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)) !=
                (IFF_TAP | IFF_NO_PI),
            EINVAL, "%s: no tap of plain frames (IFF_TAP | IFF_NO_PI)", name);
    return 0;
}

/*
 * Tells whether what has the tap's name in the namespace of the socket ANY is
 * the tap: what is set at the one shows at the other. The tap has no offloads
 * then.
 */
static bool is_seen_by(int any, int fd, const struct ifreq *request)
{
    static const unsigned offloads[] = {TUN_F_CSUM, 0};
    struct ethtool_value shown = {.cmd = ETHTOOL_GTXCSUM};
    struct ifreq ask = *request;
    bool is_same = true;

    ask.ifr_data = (void *)&shown;
    for (int i = 0; i < 2; i++) {
        ioctl(fd, TUNSETOFFLOAD, offloads[i]);
        is_same = is_same && ioctl(any, SIOCETHTOOL, &ask) == 0 &&
                  shown.data == (offloads[i] != 0);
    }
    return is_same;
}

/* Makes the socket ANY one of the namespace of the tap: goes there, and comes
 * back. */
static int socket_move(const char *name, int fd, int *any)
{
    const int here = ioctl(*any, SIOCGSKNS);
    const int there = ioctl(fd, TUNGETDEVNETNS);

    FAIL_IF(
        here < 0 || there < 0, errno,
        "%s: a tap of another network namespace: %m; be root, or start this there",
        name);
    TRY_SYSTEM(setns(there, CLONE_NEWNET),
               "%s: a tap of another network namespace: %m", name);
    *any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    TRY_SYSTEM(setns(here, CLONE_NEWNET), "%s: network namespace: %m", name);
    FAIL_IF(*any < 0, errno, "%s: socket: %m", name);
    return 0;
}

/* The descriptor has told its name in REQUEST; the name knows the MTU, of which
 * any socket of its namespace can ask. */
static int mtu_find(const char *name, int fd, struct ifreq *request,
                    uint16_t *mtu)
{
    int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    FAIL_IF(any < 0, errno, "%s: socket: %m", name);
    if (!is_seen_by(any, fd, request))
        TRY(socket_move(name, fd, &any));
    TRY_SYSTEM(ioctl(any, SIOCGIFMTU, request), "%s: MTU: %m", name);
    FAIL_IF(request->ifr_mtu < 1 || request->ifr_mtu > UINT16_MAX, EINVAL,
            "%s: MTU of %d", name, request->ifr_mtu);
    *mtu = (uint16_t)request->ifr_mtu;
    return 0;
}

int tap_examine(const char *name, int fd, uint16_t *mtu)
{
    struct ifreq request = {0};
    int err;

    TRY(plain_require(name, fd, &request));
    /* Without a filter, IFF_NO_PI says there that there is none. */
    TRY_SYSTEM(queue_limit(fd, false, 0), "%s: no tap: filter: %m", name);
    err = plain_require(name, fd, &request);
    if (err == 0)
        err = mtu_find(name, fd, &request, mtu);
    if (err < 0)
        ioctl(fd, TUNDETACHFILTER, &request);
    return err;
}
