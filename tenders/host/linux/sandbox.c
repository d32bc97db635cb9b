/* SPDX-License-Identifier: ISC */
/* seccomp. Contract: host.h; see seccomp(2). */
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "host/host.h"

/* Whether there is no capability that could be dropped. */
static bool capabilities_are_none(void)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {{0}};
    uint32_t left = 0;

    if (syscall(SYS_capget, &process, now) < 0)
        return false;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        left |= now[i].effective | now[i].permitted;
    return left == 0;
}

/* Groups while we may. libc's functions do the same for all threads. */
static bool user_become(uint32_t uid, uint32_t gid)
{
    return syscall(SYS_setgroups, 0, NULL) == 0 &&
           syscall(SYS_setresgid, gid, gid, gid) == 0 &&
           syscall(SYS_setresuid, uid, uid, uid) == 0;
}

/* Requires that we are that user, in no other group, and cannot be root. */
static int user_check(uint32_t uid, uint32_t gid)
{
    uid_t uids[3];
    gid_t gids[3];
    int others = getgroups(0, NULL);
    bool may_return;

    FAIL_IF(others < 0, errno, "groups: %m");
    TRY_SYSTEM(getresuid(&uids[0], &uids[1], &uids[2]), "user: %m");
    TRY_SYSTEM(getresgid(&gids[0], &gids[1], &gids[2]), "group: %m");
    for (int i = 0; i < 3; i++)
        others += uids[i] != uid || gids[i] != gid;
    may_return = syscall(SYS_setresuid, -1, 0, -1) == 0 ||
                 syscall(SYS_setresgid, -1, 0, -1) == 0;
    FAIL_IF(others != 0 || may_return, EPERM,
            "--user=%u:%u: the system did not make us only that", uid, gid);
    return 0;
}

/* Each is refused by some service managers; then what counts is what holds. */
int host_privileges_drop(uint32_t uid, uint32_t gid)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    bool refused;
    int code;

    if (uid != 0 && !user_become(uid, gid))
        return fail(errno,
                    "--user=%u:%u: %m; only root can become another user", uid,
                    gid);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
        code = errno;
        refused = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
        FAIL_IF(refused, code, "no_new_privs cannot be set: %s",
                strerror(code));
    }
    if (syscall(SYS_capset, &process, none) < 0) {
        code = errno;
        refused = !capabilities_are_none();
        FAIL_IF(refused, code, "capabilities cannot be dropped: %s",
                strerror(code));
    }
    if (uid != 0)
        TRY(user_check(uid, gid));
    return 0;
}

int host_sandbox_enter(const struct policy *policy)
{
    static struct sock_filter insns[BPF_MAXINSNS];
    struct sock_fprog program = {
        (unsigned short)filter_build(linux_archs[0], policy, insns), insns};

    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
        return 0;
    /* The older door to the same. */
    TRY_SYSTEM(
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0),
        "seccomp: %m; either this is refused from outside, or the kernel lacks CONFIG_SECCOMP_FILTER");
    return 0;
}
