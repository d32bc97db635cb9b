/* SPDX-License-Identifier: ISC */
/* unread FD ...: a parent whose readers have gone. */
#include <limits.h>
#include <unistd.h>

#include "caller.h"

static void unread(char **words, char **command)
{
    for (; *words != NULL; words++) {
        const int fd = (int)caller_number(*words, 0, INT_MAX);
        int ends[2];

        if (pipe(ends) < 0 || dup2(ends[1], fd) < 0)
            caller_fail("unread %s: %m", *words);
        close(ends[0]);
        close(ends[1]);
    }
    caller_become(command);
}

VERB("unread", unread);
