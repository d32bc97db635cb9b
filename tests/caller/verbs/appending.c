/* SPDX-License-Identifier: ISC */
/* appending FD FILE: a parent that has opened FILE as FD, to append to it. */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "caller.h"

static void appending(char **words, char **command)
{
    int file;

    if (words[0] == NULL || words[1] == NULL)
        caller_fail("appending: a number and a file expected");
    file = open(words[1], O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0 || dup2(file, (int)caller_number(words[0], 0, INT_MAX)) < 0)
        caller_fail("appending %s: %m", words[1]);
    caller_become(command);
}

VERB("appending", appending);
