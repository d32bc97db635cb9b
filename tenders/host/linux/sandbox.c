/* SPDX-License-Identifier: ISC */
/* seccomp. Contract: host.h; see seccomp(2). */
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "host/host.h"

int host_privileges_drop(void)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    TRY_SYSTEM(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
               "privileges cannot be dropped: %m");
    TRY_SYSTEM(syscall(SYS_capset, &process, none),
               "privileges cannot be dropped: %m");
    return 0;
}

int host_sandbox_enter(const struct policy *policy)
{
    static struct sock_filter insns[BPF_MAXINSNS];
    struct sock_fprog program = {
        (unsigned short)filter_build(linux_archs[0], policy, insns), insns};

    TRY(host_privileges_drop());
    TRY_SYSTEM(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program),
               "seccomp: %m; the kernel needs CONFIG_SECCOMP_FILTER");
    return 0;
}
