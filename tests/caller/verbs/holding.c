/* SPDX-License-Identifier: ISC */
/*
 * holding CALL SIGNAL: a host that takes for ever over a system call, the
 * tender's first one of that name, and a supervisor that sends SIGNAL
 * meanwhile. Ends as the tender does.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "caller.h"
#include "calls.h"

static void holding(char **words, char **command)
{
    struct seccomp_notif call = {0};
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    int listener, status;
    pid_t child;

    if (words[0] == NULL || words[1] == NULL)
        caller_fail("holding: a call and a signal expected");
    insns[1].k = (unsigned)calls_number(words[0]);
    listener =
        calls_listen(insns, sizeof insns / sizeof *insns, command, &child);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        caller_fail("holding: %s was not called: %m", words[0]);
    kill(child, caller_signal(words[1]));
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            caller_fail("holding: wait: %m");
    caller_end_as(status);
}

VERB("holding", holding);
