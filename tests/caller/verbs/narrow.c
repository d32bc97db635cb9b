/* SPDX-License-Identifier: ISC */
/*
 * narrow: a host whose processors have fewer bits of addresses than KVM gives
 * machines unasked, 40 on aarch64: it makes none of type 0.
 */
#include <errno.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <stdint.h>

#include "caller.h"
#include "calls.h"

/* The low half of an argument: little-endian. */
#define LOAD(at)                       \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
             offsetof(struct seccomp_data, args) + 8 * (at))

static void narrow(char **words, char **command)
{
    const struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls_number("ioctl"), 0,
                 5),
        LOAD(1),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, KVM_CREATE_VM, 0, 3),
        LOAD(2),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    (void)words;
    calls_filter(insns, sizeof insns / sizeof *insns, 0);
    caller_become(command);
}

VERB("narrow", narrow);
