/* SPDX-License-Identifier: ISC */
/*
 * first: a container engine. The next process that this one starts, by another
 * verb, is the first one of a namespace (pid_namespaces(7)).
 */
#include <sched.h>

#include "caller.h"

static void first(char **words, char **command)
{
    (void)words;
    if (unshare(CLONE_NEWPID) < 0)
        caller_fail("first: %m");
    caller_become(command);
}

VERB("first", first);
