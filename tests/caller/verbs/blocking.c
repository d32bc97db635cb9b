/* SPDX-License-Identifier: ISC */
/*
 * blocking [SIGNAL ...]: a parent that blocks every signal. Those named have
 * been sent already.
 */
#include <signal.h>

#include "caller.h"

static void blocking(char **words, char **command)
{
    sigset_t all;

    sigfillset(&all);
    if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
        caller_fail("blocking: %m");
    for (; *words != NULL; words++)
        if (raise(caller_signal(*words)) != 0)
            caller_fail("blocking: %s: %m", *words);
    caller_become(command);
}

VERB("blocking", blocking);
