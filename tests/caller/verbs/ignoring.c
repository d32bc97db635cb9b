/* SPDX-License-Identifier: ISC */
/* ignoring SIGNAL ...: a parent that ignores signals, as nohup does. */
#include <signal.h>

#include "caller.h"

static void ignoring(char **words, char **command)
{
    for (; *words != NULL; words++)
        if (signal(caller_signal(*words), SIG_IGN) == SIG_ERR)
            caller_fail("ignoring %s: %m", *words);
    caller_become(command);
}

VERB("ignoring", ignoring);
