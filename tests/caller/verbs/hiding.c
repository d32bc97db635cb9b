/* SPDX-License-Identifier: ISC */
/* hiding PATH [PATH ...]: a parent that has put empty folders over these. */
#include <sched.h>
#include <sys/mount.h>

#include "caller.h"

static void hiding(char **words, char **command)
{
    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        caller_fail("hiding: %m");
    for (; *words != NULL; words++)
        if (mount("tmpfs", *words, "tmpfs", MS_RDONLY, NULL) < 0)
            caller_fail("hiding %s: %m", *words);
    caller_become(command);
}

VERB("hiding", hiding);
