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
static int attach_by_name(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd;

    FAIL_IF(strlen(name) >= IFNAMSIZ || if_nametoindex(name) == 0, ENODEV,
            "%s: no such interface; make one with `ip tuntap add`", name);
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    FAIL_IF(fd < 0, errno, "/dev/net/tun: %m; load the kernel's tun module");
    memcpy(request.ifr_name, name, strlen(name));
    FAIL_IF(ioctl(fd, TUNSETIFF, &request) < 0, errno,
            "%s: cannot attach: %m%s", name,
            errno == EBUSY    ? "; another program has it"
            : errno == EINVAL ? "; it is no tap of one queue"
            : errno == EPERM  ? "; be root or its owner"
                              : "");
    return fd;
}

static int attach_by_fd(const char *source)
{
    uint64_t fd;
    bool number = args_number(source + 1, INT32_MAX, &fd);
    int flags = number ? fcntl((int)fd, F_GETFL) : -1;

    FAIL_IF(flags < 0 || fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) < 0, EBADF,
            "%s: not the number of an open descriptor", source);
    return (int)fd;
}

int host_net_open(const char *name, uint16_t *mtu)
{
    struct ifreq request = {0};
    int tap = *name == '@' ? attach_by_fd(name) : attach_by_name(name);
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    TRY(tap);
    FAIL_IF(ioctl(tap, TUNGETIFF, &request) < 0 ||
                (request.ifr_flags & (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)) !=
                    (IFF_TAP | IFF_NO_PI),
            EINVAL, "%s: no tap of plain frames (IFF_TAP | IFF_NO_PI)", name);
    FAIL_IF(ioctl(tap, TUNSETOFFLOAD, 0) < 0, errno, "%s: offloads: %m", name);
    /* A tap's descriptor knows its name; its name knows the MTU. */
    FAIL_IF(ioctl(any, SIOCGIFMTU, &request) < 0, errno, "%s: MTU: %m", name);
    FAIL_IF(request.ifr_mtu < 1 || request.ifr_mtu > UINT16_MAX, EINVAL,
            "%s: MTU of %d", name, request.ifr_mtu);
    *mtu = (uint16_t)request.ifr_mtu;
    close(any);
    return tap;
}
