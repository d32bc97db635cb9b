/* SPDX-License-Identifier: ISC */
/* seccomp. Contract: host.h; see seccomp(2). */
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "host/host.h"

/* Two doors to the same. */
static long by_seccomp(const struct sock_fprog *program)
{
    /* No kernel knows all flags: without a program, nothing is to be done. */
    const unsigned flags = program == NULL ? ~0U : 0;

    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);
}

static long by_prctl(const struct sock_fprog *program)
{
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0);
}

int host_sandbox_enter(const struct policy *policy)
{
    static struct sock_filter insns[BPF_MAXINSNS];
    struct sock_fprog program = {
        (unsigned short)filter_build(linux_archs[0], policy, insns), insns};
    long (*install)(const struct sock_fprog *) = by_seccomp;
    long result = install(NULL);

    /* Where it cannot be called, another door. */
    if (result < 0 && errno != EINVAL) {
        install = by_prctl;
        result = install(NULL);
    }
    /* Who answers without looking does not install ours, either. */
    FAIL_IF(
        result == 0, EPERM,
        "seccomp: answered from outside, and not done; a filter around this program has to let it through");
    TRY_SYSTEM(
        install(&program),
        "seccomp: %m; either this is refused from outside, or the kernel lacks CONFIG_SECCOMP_FILTER");
    return 0;
}
