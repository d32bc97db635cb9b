/* SPDX-License-Identifier: ISC */
/* Watches over a child. Contract: caller.h. */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The end of what the child has written, in which TEXT may begin. */
#define KEPT_BYTES 4096

struct watch {
    char kept[2 * KEPT_BYTES];
    size_t size;
};

static bool has_appeared(struct watch *watch, const char *piece, size_t size,
                         const char *text)
{
    memcpy(watch->kept + watch->size, piece, size);
    watch->size += size;
    if (memmem(watch->kept, watch->size, text, strlen(text)) != NULL)
        return true;
    if (watch->size > KEPT_BYTES) {
        memmove(watch->kept, watch->kept + watch->size - KEPT_BYTES,
                KEPT_BYTES);
        watch->size = KEPT_BYTES;
    }
    return false;
}

static void pass_on(const char *piece, size_t size)
{
    while (size > 0) {
        ssize_t done = write(STDOUT_FILENO, piece, size);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return;
        piece += done;
        size -= (size_t)done;
    }
}

int caller_signal(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {
        {"SIGALRM", SIGALRM},   {"SIGCONT", SIGCONT}, {"SIGHUP", SIGHUP},
        {"SIGINT", SIGINT},     {"SIGSTOP", SIGSTOP}, {"SIGTERM", SIGTERM},
        {"SIGWINCH", SIGWINCH},
    };

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (strcmp(signals[i].name, name) == 0)
            return signals[i].number;
    caller_fail("%s: not the name of a signal in tests/caller/supervise.c",
                name);
}

void caller_await_call(pid_t child, long number)
{
    char path[64], text[256];

    snprintf(path, sizeof path, "/proc/%d/syscall", (int)child);
    for (;;) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        const ssize_t size = read(fd, text, sizeof text - 1);
        siginfo_t ended = {0};

        close(fd);
        waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid != 0)
            caller_fail("it ended, and never waited in system call %ld",
                        number);
        if (size <= 0)
            caller_fail("%s: %m", path);
        text[size] = '\0';
        /* Else "running", or "-1", or another one. */
        if (text[0] >= '0' && text[0] <= '9' &&
            strtol(text, NULL, 10) == number)
            return;
        sched_yield();
    }
}

void caller_end_as(int status)
{
    sigset_t all;

    if (WIFEXITED(status))
        exit(WEXITSTATUS(status));
    signal(WTERMSIG(status), SIG_DFL);
    sigfillset(&all);
    sigprocmask(SIG_UNBLOCK, &all, NULL);
    raise(WTERMSIG(status));
    exit(128 + WTERMSIG(status));
}

void caller_supervise(char **command, const char *text,
                      void (*act)(pid_t child, void *arg), void *arg)
{
    static struct watch watch;
    char piece[KEPT_BYTES];
    int out[2], status;
    bool appeared = false;
    pid_t child;

    /* As small as it can be: who writes much soon waits for us. */
    if (pipe2(out, O_CLOEXEC) < 0 || fcntl(out[1], F_SETPIPE_SZ, 1) < 0)
        caller_fail("pipe: %m");
    child = fork();
    if (child < 0)
        caller_fail("fork: %m");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], STDOUT_FILENO);
        caller_become(command);
    }
    close(out[1]);
    for (;;) {
        ssize_t size = read(out[0], piece, sizeof piece);

        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            break;
        pass_on(piece, (size_t)size);
        if (!appeared && has_appeared(&watch, piece, (size_t)size, text)) {
            appeared = true;
            act(child, arg);
        }
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            caller_fail("wait: %m");
    if (!appeared)
        caller_fail("\"%s\" never appeared", text);
    caller_end_as(status);
}
