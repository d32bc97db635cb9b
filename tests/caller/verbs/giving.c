/* SPDX-License-Identifier: ISC */
/* giving FD FILE: a parent that hands over a file, opened for reading. */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "caller.h"

static void giving(char **words, char **command)
{
    int file;

    if (words[0] == NULL || words[1] == NULL)
        caller_fail("giving: a number and a file expected");
    file = open(words[1], O_RDONLY);
    if (file < 0 || dup2(file, (int)caller_number(words[0], 0, INT_MAX)) < 0)
        caller_fail("giving %s: %m", words[1]);
    caller_become(command);
}

VERB("giving", giving);
