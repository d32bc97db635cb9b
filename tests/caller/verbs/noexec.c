/* SPDX-License-Identifier: ISC */
/*
 * noexec: a host that makes no file in memory that could become a program
 * (sysctl vm.memfd_noexec=2 of Linux 6.3). Ends as the tender does.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "caller.h"
#include "calls.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static void noexec(char **words, char **command)
{
    struct seccomp_notif call = {0};
    struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                 (unsigned)calls_number("memfd_create"), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    int listener, status, err;
    pid_t child;

    (void)words;
    listener =
        calls_listen(insns, sizeof insns / sizeof *insns, command, &child);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
        caller_fail("noexec: no file was made: %m");
    if ((call.data.args[1] & MFD_NOEXEC_SEAL) != 0) {
        const int file = memfd_create("made", MFD_ALLOW_SEALING | MFD_CLOEXEC);
        struct seccomp_notif_addfd made = {.id = call.id,
                                           .flags = SECCOMP_ADDFD_FLAG_SEND,
                                           .srcfd = (unsigned)file};

        err = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &made);
    } else {
        struct seccomp_notif_resp refused = {.id = call.id, .error = -EACCES};

        err = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &refused);
    }
    if (err < 0)
        caller_fail("noexec: answer: %m");
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            caller_fail("noexec: wait: %m");
    caller_end_as(status);
}

VERB("noexec", noexec);
