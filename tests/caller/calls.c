/* SPDX-License-Identifier: ISC */
/* System calls by name. Contract: calls.h. */
#include "calls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"

/* Calls that only some architectures have. */
#ifndef SYS__llseek
#define SYS__llseek CALLS_NONE
#endif
#ifndef SYS_arch_prctl
#define SYS_arch_prctl CALLS_NONE
#endif
#ifndef SYS_open
#define SYS_open CALLS_NONE
#endif
#ifndef SYS_stat
#define SYS_stat CALLS_NONE
#endif
#ifndef SYS_newfstatat
#define SYS_newfstatat CALLS_NONE
#endif

static const struct {
    const char *name;
    long number;
} calls[] = {
#define CALL(name) {#name, SYS_##name}
    CALL(_llseek),
    CALL(arch_prctl),
    CALL(brk),
    CALL(capget),
    CALL(capset),
    CALL(clock_gettime),
    CALL(close),
    CALL(close_range),
    CALL(epoll_create1),
    CALL(epoll_ctl),
    CALL(epoll_pwait),
    CALL(execve),
    CALL(exit_group),
    CALL(fcntl),
    CALL(fstat),
    CALL(ftruncate),
    CALL(getgroups),
    CALL(getpeername),
    CALL(getrandom),
    CALL(getresgid),
    CALL(getresuid),
    CALL(getsockopt),
    CALL(ioctl),
    CALL(lseek),
    CALL(madvise),
    CALL(memfd_create),
    CALL(mmap),
    CALL(mprotect),
    CALL(munmap),
    CALL(newfstatat),
    CALL(open),
    CALL(openat),
    CALL(personality),
    CALL(prctl),
    CALL(pread64),
    CALL(pwrite64),
    CALL(prlimit64),
    CALL(read),
    CALL(recvfrom),
    CALL(rt_sigaction),
    CALL(rt_sigprocmask),
    CALL(seccomp),
    CALL(sendfile),
    CALL(set_tid_address),
    CALL(setgroups),
    CALL(setresgid),
    CALL(setresuid),
    CALL(setsockopt),
    CALL(socket),
    CALL(setitimer),
    CALL(sigaltstack),
    CALL(stat),
    CALL(statx),
    CALL(timerfd_create),
    CALL(timerfd_settime),
    CALL(write),
    CALL(writev),
#undef CALL
};

long calls_number(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].number;
    caller_fail("%s: not the name of a system call in tests/caller/calls.c",
                name);
}

const char *calls_name(long number)
{
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return calls[i].name;
    return "unknown";
}

int calls_errno(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } errors[] = {
        {"0", 0},           {"EACCES", EACCES},   {"EAGAIN", EAGAIN},
        {"EFAULT", EFAULT}, {"EINTR", EINTR},     {"EINVAL", EINVAL},
        {"EIO", EIO},       {"ENOBUFS", ENOBUFS}, {"ENOMEM", ENOMEM},
        {"ENOSYS", ENOSYS}, {"EPERM", EPERM},
    };

    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].name, name) == 0)
            return errors[i].number;
    caller_fail("%s: not a name of errno in tests/caller/calls.c", name);
}

/* A unit for tenders lists only prctl(2), which knows no flags. */
static long filter_install(const struct sock_fprog *program, unsigned flags)
{
    if (flags == 0)
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

int calls_filter(const struct sock_filter *insns, size_t count, unsigned flags)
{
    const struct sock_fprog program = {(unsigned short)count,
                                       (struct sock_filter *)(uintptr_t)insns};
    long result = filter_install(&program, flags);

    /* Without a capability, no_new_privs is the condition (seccomp(2)). */
    if (result < 0 && errno == EACCES) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        result = filter_install(&program, flags);
    }
    if (result < 0)
        caller_fail("seccomp: %m");
    return (int)result;
}

int calls_descriptor_pass(int socket, int fd)
{
    char byte = 0;
    struct iovec piece = {&byte, 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof fd)];
    } control = {0};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = &control.header;

    if (fd < 0) {
        if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
            caller_fail("no descriptor came: %m");
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
        return fd;
    }
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (sendmsg(socket, &message, 0) != 1)
        caller_fail("descriptor: %m");
    return fd;
}

int calls_listen(const struct sock_filter *insns, size_t count, char **command,
                 pid_t *child)
{
    int sockets[2], listener;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        caller_fail("socketpair: %m");
    *child = fork();
    if (*child < 0)
        caller_fail("fork: %m");
    if (*child == 0) {
        calls_descriptor_pass(
            sockets[1],
            calls_filter(insns, count, SECCOMP_FILTER_FLAG_NEW_LISTENER));
        caller_become(command);
    }
    listener = calls_descriptor_pass(sockets[0], -1);
    close(sockets[0]);
    close(sockets[1]);
    return listener;
}
