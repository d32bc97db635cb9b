/* SPDX-License-Identifier: ISC */
/*
 * unattended: a parent whose pipe does not block, and who reads nothing of it.
 * Ends as the tender does.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

static void unattended(char **words, char **command)
{
    int ends[2], status;
    pid_t child;

    (void)words;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        caller_fail("unattended: %m");
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], STDOUT_FILENO);
        caller_become(command);
    }
    if (child < 0)
        caller_fail("unattended: fork: %m");
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            caller_fail("unattended: wait: %m");
    caller_end_as(status);
}

VERB("unattended", unattended);
