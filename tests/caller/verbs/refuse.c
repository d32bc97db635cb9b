/* SPDX-License-Identifier: ISC */
/*
 * refuse CALL ERRNO [CALL ERRNO ...]: a service manager whose filter answers
 * calls with an error (systemd's SystemCallErrorNumber=).
 */
#include <linux/seccomp.h>

#include "caller.h"
#include "calls.h"

#define MAX_INSNS 64

static void refuse(char **words, char **command)
{
    struct sock_filter insns[MAX_INSNS] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    size_t count = 1;

    while (words[0] != NULL && count + 3 <= MAX_INSNS) {
        const long number = calls_number(words[0]);

        if (words[1] == NULL)
            caller_fail("refuse: %s: no errno", words[0]);
        insns[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                      (unsigned)number, 0, 1);
        insns[count++] = (struct sock_filter)BPF_STMT(
            BPF_RET | BPF_K,
            SECCOMP_RET_ERRNO | (unsigned)calls_errno(words[1]));
        words += 2;
    }
    insns[count++] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    calls_filter(insns, count, 0);
    caller_become(command);
}

VERB("refuse", refuse);
