/* SPDX-License-Identifier: ISC */
/*
 * leaving FD [FD ...]: a parent that has left descriptors of a file open, and
 * then lowered the limit below most of them.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "caller.h"

static void leaving(char **words, char **command)
{
    const int file = memfd_create("secret", MFD_CLOEXEC);
    struct rlimit limit;

    if (file < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
        caller_fail("leaving: %m");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        caller_fail("leaving: %m");
    for (; *words != NULL; words++)
        if (dup2(file, (int)caller_number(*words, 0, INT_MAX)) < 0)
            caller_fail("leaving %s: %m", *words);
    limit.rlim_cur = limit.rlim_max = 64;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        caller_fail("leaving: %m");
    caller_become(command);
}

VERB("leaving", leaving);
