/* SPDX-License-Identifier: ISC */
/* The queue of frames behind a descriptor. Contract: net.h. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

#define VLAN_TAG_BYTES 4

int queue_limit(int fd, bool is_socket, uint32_t max_bytes)
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

void queue_drop(int fd, uint32_t count)
{
    char byte;

    for (uint32_t i = 0; i < count; i++)
        if (read(fd, &byte, sizeof byte) < 0 && errno == EAGAIN)
            return;
}
