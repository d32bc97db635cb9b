/* SPDX-License-Identifier: ISC */
/* shallow KIB: a parent that limits the stack (RLIMIT_STACK, ulimit -s). */
#include <stdint.h>
#include <sys/resource.h>

#include "caller.h"

static void shallow(char **words, char **command)
{
    const rlim_t bytes = (rlim_t)caller_number(words[0], 1, INT32_MAX) * 1024;
    const struct rlimit limit = {bytes, bytes};

    if (setrlimit(RLIMIT_STACK, &limit) < 0)
        caller_fail("shallow: %m");
    caller_become(command);
}

VERB("shallow", shallow);
