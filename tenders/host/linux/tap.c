/* SPDX-License-Identifier: ISC */
/*
 * Taps on Linux. Contract: host.h; the interface: kernel
 * Documentation/networking/tuntap.rst and linux/if_tun.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "args.h"
#include "host.h"

/* Attaches to a tap that exists; TUNSETIFF would make one. */
static int attach_by_name(const char *name, struct error *error)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd, err;

    if (strlen(name) >= sizeof request.ifr_name)
        return error_set(error, ENAMETOOLONG,
                         "%s: interface names have at most %zu characters",
                         name, sizeof request.ifr_name - 1);
    if (if_nametoindex(name) == 0)
        return error_set(error, ENODEV,
                         "%s: no such interface; make it with `ip tuntap add "
                         "%s mode tap`",
                         name, name);
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, errno,
                         "/dev/net/tun: %s; load the kernel's tun module",
                         strerror(errno));
    memcpy(request.ifr_name, name, strlen(name));
    if (ioctl(fd, TUNSETIFF, &request) < 0) {
        err = errno;
        close(fd);
        return error_set(error, err, "%s: cannot attach: %s%s", name,
                         strerror(err),
                         err == EBUSY    ? "; another program has it"
                         : err == EINVAL ? "; it is no tap of one queue"
                         : err == EPERM  ? "; be root or its owner"
                                         : "");
    }
    return fd;
}

static int attach_by_fd(const char *source, struct error *error)
{
    struct ifreq request = {0};
    uint64_t fd;
    int flags;

    if (!args_number(source + 1, INT32_MAX, &fd))
        return error_set(error, EINVAL, "%s: a descriptor's number expected",
                         source);
    flags = fcntl((int)fd, F_GETFL);
    if (flags < 0)
        return error_set(error, errno, "%s: descriptor is not open", source);
    if (ioctl((int)fd, TUNGETIFF, &request) < 0 ||
        !(request.ifr_flags & IFF_TAP) || !(request.ifr_flags & IFF_NO_PI) ||
        (request.ifr_flags & IFF_VNET_HDR))
        return error_set(error, EINVAL,
                         "%s: descriptor is no tap of plain frames "
                         "(IFF_TAP | IFF_NO_PI)",
                         source);
    if (fcntl((int)fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return error_set(error, errno, "%s: %s", source, strerror(errno));
    return (int)fd;
}

/* A tap's descriptor knows its name; its name knows the MTU. */
static int mtu_read(int tap, const char *source, uint16_t *mtu,
                    struct error *error)
{
    struct ifreq request = {0};
    int err = 0, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return error_set(error, errno, "%s: socket for its MTU: %s", source,
                         strerror(errno));
    if (ioctl(tap, TUNGETIFF, &request) < 0 ||
        ioctl(fd, SIOCGIFMTU, &request) < 0)
        err = error_set(error, errno, "%s: MTU: %s", source, strerror(errno));
    else if (request.ifr_mtu < 1 || request.ifr_mtu > UINT16_MAX)
        err =
            error_set(error, EINVAL, "%s: MTU of %d", source, request.ifr_mtu);
    else
        *mtu = (uint16_t)request.ifr_mtu;
    close(fd);
    return err;
}

int host_net_open(const char *source, uint16_t *mtu, struct error *error)
{
    int fd = source[0] == '@' ? attach_by_fd(source, error)
                              : attach_by_name(source, error);
    int err;

    if (fd < 0)
        return fd;
    err = mtu_read(fd, source, mtu, error);
    if (err == 0 && ioctl(fd, TUNSETOFFLOAD, 0) < 0)
        err = error_set(error, errno, "%s: offloads: %s", source,
                        strerror(errno));
    if (err != 0) {
        close(fd);
        return err;
    }
    return fd;
}
