/* SPDX-License-Identifier: ISC */
/*
 * Taps on Linux. Contract: host.h; the interface: kernel
 * Documentation/networking/tuntap.rst and linux/if_tun.h.
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "args.h"
#include "host/host.h"

/* Attaches to a tap that exists; TUNSETIFF would make one. */
static int attach_by_name(const char *name, int *fd)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

    /* The kernel would cut it. */
    errno = ENODEV;
    FAIL_IF(strlen(name) >= IFNAMSIZ || if_nametoindex(name) == 0, errno,
            "%s: %m%s", name,
            errno == ENODEV ? "; make such a tap with `ip tuntap add`" : "");
    *fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    FAIL_IF(*fd < 0, errno, "/dev/net/tun: %m; load the kernel's tun module");
    memcpy(request.ifr_name, name, strlen(name));
    TRY_SYSTEM(ioctl(*fd, TUNSETIFF, &request), "%s: cannot attach: %m%s", name,
               errno == EBUSY    ? "; another program has it"
               : errno == EINVAL ? "; it is no tap of one queue"
               : errno == EPERM  ? "; be root or its owner"
                                 : "");
    return 0;
}

int host_net_open(const char *name, int *fd, uint16_t *mtu)
{
    const int not_blocking = 1;
    struct ifreq request = {0};
    int any;

    if (*name != '@')
        TRY(attach_by_name(name, fd));
    else if (!args_descriptor(name, fd))
        return fail(EINVAL, "%s: not the number of a descriptor", name);
    /* What is no such tap is somebody else's, and stays as it was. */
    TRY_SYSTEM(ioctl(*fd, TUNGETIFF, &request), "%s: no tap: %m", name);
    FAIL_IF((request.ifr_flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)) !=
                (IFF_TAP | IFF_NO_PI),
            EINVAL, "%s: no tap of plain frames (IFF_TAP | IFF_NO_PI)", name);
    /* The descriptor has told its name; the name knows the MTU, of which any
     * socket can ask. */
    any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    FAIL_IF(any < 0, errno, "%s: socket: %m", name);
    TRY_SYSTEM(ioctl(any, SIOCGIFMTU, &request), "%s: MTU: %m", name);
    FAIL_IF(request.ifr_mtu < 1 || request.ifr_mtu > UINT16_MAX, EINVAL,
            "%s: MTU of %d", name, request.ifr_mtu);
    *mtu = (uint16_t)request.ifr_mtu;
    close(any);
    TRY_SYSTEM(ioctl(*fd, FIONBIO, &not_blocking),
               "%s: cannot be made not to block: %m", name);
    TRY_SYSTEM(ioctl(*fd, TUNSETOFFLOAD, 0), "%s: offloads: %m", name);
    return 0;
}
