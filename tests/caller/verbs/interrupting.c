/* SPDX-License-Identifier: ISC */
/*
 * interrupting: signals that do not kill, at the worst of times. Of each system
 * call that can be interrupted, every second one is: it is answered with EINTR,
 * and not made. Ends as the tender does.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "calls.h"

static const int interrupted[] = {SYS_epoll_pwait, SYS_pread64, SYS_pwrite64,
                                  SYS_read, SYS_write};
#define COUNT (sizeof interrupted / sizeof *interrupted)

static void answer(int listener)
{
    static bool is_second[COUNT];
    struct seccomp_notif call = {0};
    struct seccomp_notif_resp reply = {0};

    /* Of a process that has been killed meanwhile. */
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        return;
    reply.id = call.id;
    for (size_t i = 0; i < COUNT; i++) {
        if (call.data.nr != interrupted[i])
            continue;
        if (is_second[i])
            reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        else
            reply.error = -EINTR;
        is_second[i] = !is_second[i];
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

static void interrupting(char **words, char **command)
{
    struct sock_filter insns[COUNT + 3] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct pollfd polled[2];
    int listener, status;
    pid_t child;

    (void)words;
    for (size_t i = 0; i < COUNT; i++)
        insns[1 + i] = (struct sock_filter)BPF_JUMP(
            BPF_JMP | BPF_JEQ | BPF_K, (unsigned)interrupted[i],
            (unsigned char)(COUNT - i), 0);
    insns[1 + COUNT] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    insns[2 + COUNT] =
        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    listener = calls_listen(insns, COUNT + 3, command, &child);
    polled[0] = (struct pollfd){listener, POLLIN, 0};
    polled[1] =
        (struct pollfd){(int)syscall(SYS_pidfd_open, child, 0), POLLIN, 0};
    if (polled[1].fd < 0)
        caller_fail("interrupting: pidfd_open: %m");
    while (polled[1].revents == 0) {
        if (poll(polled, 2, -1) > 0 && polled[0].revents != 0)
            answer(listener);
    }
    waitpid(child, &status, 0);
    caller_end_as(status);
}

VERB("interrupting", interrupting);
