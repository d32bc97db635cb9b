/* SPDX-License-Identifier: ISC */
/* fifo NAME: an owner who has made a FIFO, into which nobody writes. */
#include <sys/stat.h>

#include "caller.h"

static void fifo(char **words, char **command)
{
    if (mkfifo(words[0], 0600) < 0)
        caller_fail("fifo %s: %m", words[0]);
    caller_become(command);
}

VERB("fifo", fifo);
