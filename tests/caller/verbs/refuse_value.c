/* SPDX-License-Identifier: ISC */
/*
 * refuse-value CALL INDEX VALUE ERRNO: the same for one value of one argument
 * of a call, by its low 32 bits.
 */
#include <linux/seccomp.h>
#include <stdint.h>

#include "caller.h"
#include "calls.h"

static void refuse_value(char **words, char **command)
{
    const uint32_t number = (uint32_t)calls_number(words[0]);
    const uint32_t at = (uint32_t)caller_number(words[1], 0, 5);
    const uint32_t value = (uint32_t)caller_number(words[2], 0, UINT32_MAX);
    const struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
        /* Little-endian: the low half comes first. */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args) + 8 * at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K,
                 SECCOMP_RET_ERRNO | (uint32_t)calls_errno(words[3])),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    calls_filter(insns, sizeof insns / sizeof *insns, 0);
    caller_become(command);
}

VERB("refuse-value", refuse_value);
