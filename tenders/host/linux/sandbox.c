/* SPDX-License-Identifier: ISC */
/* seccomp. Contract: host.h; see prctl(2), PR_SET_SECCOMP. */
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "filter.h"
#include "host/host.h"

int host_sandbox_enter(const struct policy *policy)
{
    static struct sock_filter insns[BPF_MAXINSNS];
    const struct sock_fprog program = {
        (unsigned short)filter_build(linux_archs[0], policy, insns), insns};
    /* Without instructions it fails; who answers it all the same does not
     * install ours, either. Service managers refuse seccomp(2), which does no
     * more. */
    const struct sock_fprog none = {0, insns};
    const int tried = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &none, 0, 0);

    FAIL_IF(
        tried == 0, EPERM,
        "seccomp: answered from outside, and not done; a filter around this program has to let it through");
    TRY_SYSTEM(
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0),
        "seccomp: %m; either this is refused from outside, or the kernel lacks CONFIG_SECCOMP_FILTER");
    return 0;
}
