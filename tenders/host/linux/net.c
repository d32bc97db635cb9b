/* SPDX-License-Identifier: ISC */
/* Network devices on Linux. Contract: host.h; their kinds: net.h. */
#include "net.h"

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "args.h"
#include "host/host.h"

#define VLAN_TAG_BYTES 4

int net_limit(int fd, bool is_socket, uint32_t max_bytes)
{
    /* The kernel keeps a frame's VLAN tag apart, and reading puts it back. */
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
        BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, VLAN_TAG_BYTES),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, max_bytes, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_A, 0),
    };
    const struct sock_fprog program = {sizeof insns / sizeof *insns, insns};

    if (is_socket)
        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                          sizeof program);
    return ioctl(fd, TUNATTACHFILTER, &program);
}

void net_drop(int fd, uint32_t count)
{
    char byte;

    for (uint32_t i = 0; i < count; i++)
        if (read(fd, &byte, sizeof byte) < 0 && errno == EAGAIN)
            return;
}

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
        net_drop(*fd, NET_QUEUE_MAX);
    TRY_SYSTEM(net_limit(*fd, is_socket, max_bytes), "%s: frame size: %m",
               name);
    if (is_socket)
        socket_sift(*fd, max_bytes);
    return 0;
}
