/* SPDX-License-Identifier: ISC */
/*
 * leading NAME: a service manager, whose tender leads a session without a
 * terminal. NAME is one, and may not become the session's: else its other
 * process would be told at the tender's end that the terminal hung up. Ends as
 * the tender does.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

static void terminal_make(const char *name)
{
    const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int number, unlocked = 0;
    char path[32];

    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
        ioctl(master, TIOCGPTN, &number) < 0)
        caller_fail("leading: /dev/ptmx: %m");
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    if (symlink(path, name) < 0)
        caller_fail("leading: %s: %m", name);
}

static void session_lead(char **command)
{
    signal(SIGHUP, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    if (setsid() < 0)
        caller_fail("leading: %m");
    if (fork() == 0)
        for (;;)
            pause();
    caller_become(command);
}

static void leading(char **words, char **command)
{
    int status, status_other;
    pid_t child;

    if (words[0] == NULL)
        caller_fail("leading: a name expected");
    terminal_make(words[0]);
    /* The session's other process is ours to wait for then. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    child = fork();
    if (child == 0)
        session_lead(command);
    if (child < 0 || waitpid(child, &status, 0) < 0 ||
        kill(-child, SIGTERM) < 0 || waitpid(-child, &status_other, 0) < 0)
        caller_fail("leading: %m");
    if (!WIFSIGNALED(status_other) || WTERMSIG(status_other) != SIGTERM)
        caller_fail("leading: the terminal was the tender's");
    caller_end_as(status);
}

VERB("leading", leading);
