/* SPDX-License-Identifier: ISC */
/*
 * twice TEXT: an operator who starts the same once more, after its guest has
 * written TEXT. Ends as the second one does; the first one is killed.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

static void start_again(pid_t first, void *arg)
{
    char **command = arg;
    int status;
    pid_t second = fork();

    if (second == 0)
        caller_become(command);
    if (second < 0 || waitpid(second, &status, 0) < 0)
        caller_fail("twice: %m");
    kill(first, SIGKILL);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void twice(char **words, char **command)
{
    caller_supervise(command, words[0], start_again, command);
}

VERB("twice", twice);
