/* SPDX-License-Identifier: ISC */
/* joining GROUP: a parent that is in one more group. */
#include <grp.h>
#include <stdint.h>

#include "caller.h"

static void joining(char **words, char **command)
{
    const gid_t group = (gid_t)caller_number(words[0], 1, INT32_MAX);

    if (setgroups(1, &group) < 0)
        caller_fail("joining: %m");
    caller_become(command);
}

VERB("joining", joining);
