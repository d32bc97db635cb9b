/* SPDX-License-Identifier: ISC */
/*
 * Privileges on Linux: users and capabilities. Contract: host.h.
 *
 * A service manager's filter may refuse a call though nothing is left to do, or
 * answer it and do nothing. So what holds afterwards is looked at, too.
 */
#include <linux/capability.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/host.h"

/*
 * Requires that WHAT is done. HOLDS: 1, or 0, or below 0 if the system does not
 * tell; then ERR decides: errno of the call that was to do it, or 0.
 */
static int require(int holds, int err, const char *what)
{
    const bool is_done = holds > 0 || (holds < 0 && err == 0);

    FAIL_IF(!is_done, err != 0 ? err : EPERM, "%s: %s", what,
            err != 0 ? strerror(err) : "answered from outside, and not done");
    return 0;
}

/* Whether there is no capability: 1, 0, or below 0. */
static int capabilities_are_none(void)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3];
    uint32_t left = 0;

    /* What is answered without being done leaves them. */
    memset(now, 0xff, sizeof now);
    if (syscall(SYS_capget, &process, now) < 0)
        return -1;
    for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
        left |= now[i].effective | now[i].permitted;
    return left == 0;
}

/* Returns the name of the call that failed, or NULL. Groups while we may;
 * libc's functions do the same for all threads. */
static const char *user_become(uint32_t uid, uint32_t gid)
{
    if (syscall(SYS_setgroups, 0, NULL) < 0)
        return "setgroups";
    if (syscall(SYS_setresgid, gid, gid, gid) < 0)
        return "setresgid";
    return syscall(SYS_setresuid, uid, uid, uid) < 0 ? "setresuid" : NULL;
}

/* Requires that we are that user, in no other group, and cannot be root. */
static int user_check(uint32_t uid, uint32_t gid)
{
    uid_t uids[3] = {0};
    gid_t gids[3] = {0};
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

int host_privileges_drop(uint32_t uid, uint32_t gid)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
    const char *failed = uid == 0 ? NULL : user_become(uid, gid);
    int holds, err;

    FAIL_IF(
        failed != NULL, errno, "--user=%u:%u: %s: %m%s", uid, gid, failed,
        geteuid() != 0
            ? "; only root can become another user"
            : "; it needs CAP_SETUID, CAP_SETGID, and a user namespace with these numbers");
    err = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? errno : 0;
    holds = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    TRY(require(holds, err, "no_new_privs cannot be set"));
    err = syscall(SYS_capset, &process, none) < 0 ? errno : 0;
    holds = capabilities_are_none();
    TRY(require(holds, err, "capabilities cannot be dropped"));
    return uid == 0 ? 0 : user_check(uid, gid);
}
