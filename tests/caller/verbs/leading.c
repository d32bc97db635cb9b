/* SPDX-License-Identifier: ISC */
/*
 * leading NAME: a service manager, whose tender leads a session without a
 * terminal. NAME is one, and has to be nobody's afterwards. Ends as the tender
 * does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "caller.h"

/* Returns the terminal; the end that is not one stays open. */
static int terminal_make(const char *name)
{
    const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int number, unlocked = 0, terminal;
    char path[32];

    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0 ||
        ioctl(master, TIOCGPTN, &number) < 0)
        caller_fail("leading: /dev/ptmx: %m");
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0 || symlink(path, name) < 0)
        caller_fail("leading: %s: %m", path);
    return terminal;
}

static void leading(char **words, char **command)
{
    struct termios settings;
    int terminal, status;
    pid_t child;

    if (words[0] == NULL)
        caller_fail("leading: a name expected");
    terminal = terminal_make(words[0]);
    child = fork();
    if (child == 0) {
        if (setsid() < 0)
            caller_fail("leading: %m");
        caller_become(command);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0)
        caller_fail("leading: %m");
    /* It is hung up when the session that it belongs to has no leader. */
    if (tcgetattr(terminal, &settings) < 0)
        caller_fail("leading: it was the tender's: %m");
    caller_end_as(status);
}

VERB("leading", leading);
