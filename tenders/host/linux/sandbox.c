/* SPDX-License-Identifier: ISC */
/* seccomp. Contract: host.h; see seccomp(2). */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host.h"

int host_privileges_drop(struct error *error)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(SYS_capset, &process, none) < 0)
        return error_set(error, errno, "privileges cannot be dropped: %s",
                         strerror(errno));
    return 0;
}

int host_sandbox_enter(const struct sock_filter *insns, size_t count,
                       struct error *error)
{
    union {
        const struct sock_filter *from;
        struct sock_filter *to;
    } filter = {.from = insns};
    struct sock_fprog program = {(unsigned short)count, filter.to};
    int err = host_privileges_drop(error);

    if (err != 0)
        return err;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
        return error_set(error, errno,
                         "seccomp: %s; the kernel needs CONFIG_SECCOMP_FILTER",
                         strerror(errno));
    return 0;
}
