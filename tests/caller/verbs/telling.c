/* SPDX-License-Identifier: ISC */
/* telling NAME=VALUE [NAME=VALUE ...]: a parent that sets variables. */
#include <stdlib.h>

#include "caller.h"

static void telling(char **words, char **command)
{
    for (; *words != NULL; words++)
        if (putenv(*words) != 0)
            caller_fail("telling %s: %m", *words);
    caller_become(command);
}

VERB("telling", telling);
