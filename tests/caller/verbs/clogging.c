/* SPDX-License-Identifier: ISC */
/*
 * clogging TEXT SIGNAL pipe|both|terminal: a supervisor that reads no more once
 * the guest has written TEXT, waits until the tender waits to write, and sends
 * it SIGNAL. Its standard output is a pipe; so is its standard error, the same;
 * or a terminal, stopped as by a key. Ends as the tender does.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "caller.h"

/* Returns the end to read; THEIRS: the end to write. */
static int terminal_open(int *theirs)
{
    const int ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int unlocked = 0;

    if (ours < 0 || ioctl(ours, TIOCSPTLCK, &unlocked) < 0)
        caller_fail("clogging: terminal: %m");
    *theirs = ioctl(ours, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*theirs < 0)
        caller_fail("clogging: terminal: %m");
    return ours;
}

static int pipe_open(int *theirs)
{
    int ends[2];

    /* As small as it can be, so that it is full soon. */
    if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[1], F_SETPIPE_SZ, 1) < 0)
        caller_fail("clogging: pipe: %m");
    *theirs = ends[1];
    return ends[0];
}

static void text_await(int fd, const char *text)
{
    char kept[8192];
    size_t size = 0;

    do {
        const ssize_t done = read(fd, kept + size, sizeof kept - size);

        if (done <= 0)
            caller_fail("clogging: \"%s\" never appeared", text);
        size += (size_t)done;
    } while (memmem(kept, size, text, strlen(text)) == NULL);
}

static void clogging(char **words, char **command)
{
    const char *text = words[0];
    int ours, theirs, signal, status;
    bool is_terminal;
    pid_t child;

    if (text == NULL || words[1] == NULL || words[2] == NULL)
        caller_fail("clogging: a text, a signal and a kind expected");
    signal = caller_signal(words[1]);
    is_terminal = strcmp(words[2], "terminal") == 0;
    ours = is_terminal ? terminal_open(&theirs) : pipe_open(&theirs);
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(theirs, STDOUT_FILENO);
        if (strcmp(words[2], "both") == 0)
            dup2(theirs, STDERR_FILENO);
        caller_become(command);
    }
    if (child < 0)
        caller_fail("clogging: fork: %m");
    text_await(ours, text);
    if (is_terminal)
        tcflow(theirs, TCOOFF);
    caller_await_call(child, SYS_write);
    kill(child, signal);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            caller_fail("clogging: wait: %m");
    caller_end_as(status);
}

VERB("clogging", clogging);
