/* SPDX-License-Identifier: ISC */
/* linking FILE NAME: a parent that has given a file a second name. */
#include <unistd.h>

#include "caller.h"

static void linking(char **words, char **command)
{
    if (link(words[0], words[1]) < 0)
        caller_fail("linking %s %s: %m", words[0], words[1]);
    caller_become(command);
}

VERB("linking", linking);
