/* SPDX-License-Identifier: ISC */
/* closing FD [FD ...]: a parent that has closed descriptors. */
#include "caller.h"

#include <limits.h>
#include <unistd.h>

static void closing(char **words, char **command)
{
    for (; *words != NULL; words++)
        close((int)caller_number(*words, 0, INT_MAX));
    caller_become(command);
}

VERB("closing", closing);
