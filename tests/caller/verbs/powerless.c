/* SPDX-License-Identifier: ISC */
/* powerless: a parent that is root without capabilities. */
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caller.h"

static void powerless(char **words, char **command)
{
    struct __user_cap_header_struct process = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

    (void)words;
    /* Else root gets them back at execve (capabilities(7)). */
    if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0 ||
        syscall(SYS_capset, &process, none) < 0)
        caller_fail("powerless: %m");
    caller_become(command);
}

VERB("powerless", powerless);
