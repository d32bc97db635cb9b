/* SPDX-License-Identifier: ISC */
/*
 * signalling TEXT WORD ...: a supervisor that does this, once its tender's
 * guest has written TEXT:
 *
 *   a system call  waits until the tender waits in it
 *   SIGSTOP        sends it, and waits until the tender has stopped
 *   a signal       sends it
 *   trace          attaches a tracer, as a debugger or strace does, sends a
 *                  resized terminal's signal through it, and lets go
 */
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "caller.h"
#include "calls.h"

static void await_stop(pid_t child)
{
    siginfo_t info;

    if (waitid(P_PID, (id_t)child, &info, WSTOPPED | __WALL) < 0)
        caller_fail("signalling: wait: %m");
}

static void trace(pid_t child)
{
    if (ptrace(PTRACE_ATTACH, child, 0, 0) < 0)
        caller_fail("signalling: attach: %m");
    await_stop(child);
    kill(child, SIGWINCH);
    ptrace(PTRACE_CONT, child, 0, 0);
    await_stop(child);
    if (ptrace(PTRACE_DETACH, child, 0, SIGWINCH) < 0)
        caller_fail("signalling: detach: %m");
}

static void act(pid_t child, void *arg)
{
    for (char **words = arg; *words != NULL; words++) {
        if (strcmp(*words, "trace") == 0) {
            trace(child);
        } else if (strncmp(*words, "SIG", 3) != 0) {
            caller_await_call(child, calls_number(*words));
        } else {
            const int signal = caller_signal(*words);

            if (kill(child, signal) < 0)
                caller_fail("signalling: %s: %m", *words);
            if (signal == SIGSTOP)
                await_stop(child);
        }
    }
}

static void signalling(char **words, char **command)
{
    if (words[0] == NULL || words[1] == NULL)
        caller_fail("signalling: a text and words expected");
    caller_supervise(command, words[0], act, words + 1);
}

VERB("signalling", signalling);
