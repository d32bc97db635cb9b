/* SPDX-License-Identifier: ISC */
/*
 * flooding COUNT: a manager of networks, who gives its tender COUNT sockets of
 * frames as net0, net1, ..., with one frame in each: byte 14 is its number.
 * Ends as the tender does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"

#define MAX 63
#define MAX_WORDS 32

/* Returns a descriptor that stays open in a new program. */
static int socket_give(int number)
{
    unsigned char frame[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    int ends[2];

    frame[14] = (unsigned char)number;
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) < 0 ||
        fcntl(ends[0], F_SETFD, FD_CLOEXEC) < 0 ||
        write(ends[0], frame, sizeof frame) != sizeof frame)
        caller_fail("flooding: %m");
    return ends[1];
}

static void flooding(char **words, char **command)
{
    static char option[MAX][32];
    char *longer[MAX + MAX_WORDS], **end = longer;
    const int count = (int)caller_number(words[0], 1, MAX);
    int status;
    pid_t child;

    *end++ = command[0];
    for (int i = 0; i < count; i++) {
        snprintf(option[i], sizeof option[i], "--net:net%d=@%d", i,
                 socket_give(i));
        *end++ = option[i];
    }
    for (char **word = command + 1; *word != NULL; word++) {
        if (end == longer + MAX + MAX_WORDS - 1)
            caller_fail("flooding: too many words");
        *end++ = *word;
    }
    *end = NULL;
    child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        caller_become(longer);
    }
    if (child < 0)
        caller_fail("flooding: fork: %m");
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            caller_fail("flooding: wait: %m");
    caller_end_as(status);
}

VERB("flooding", flooding);
