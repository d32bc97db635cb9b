/* SPDX-License-Identifier: ISC */
/*
 * Starts a tender as a certain caller does: a service manager that refuses
 * system calls, a supervisor that sends signals, a parent that leaves
 * descriptors open.
 *
 *   solo5-caller VERB [WORD ...] -- PROGRAM [ARGUMENT ...]
 *
 * A case asks for it with `caller = ["VERB", "WORD", ...]`; PROGRAM may be
 * a caller again. Each file of verbs/ is one verb, and depends on nothing but
 * this. Status 125 and one line: the caller itself failed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One verb. RUN does not return; WORDS and COMMAND end with NULL. */
struct verb {
    const char *name;
    void (*run)(char **words, char **command);
};

/* Makes a function the verb NAME. */
#define VERB(name, function)                        \
    __attribute__((used, retain, section("verbs"))) \
    const struct verb verb_##function = {name, function}

/* Says "caller: ..." and ends with 125. "%m" is errno's text. */
_Noreturn void caller_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Becomes COMMAND. */
_Noreturn void caller_become(char **command);

/* A decimal number from LOW to HIGH, else caller_fail. */
long caller_number(const char *word, long low, long high);

/* The number of a signal by its name ("SIGTERM"), else caller_fail. */
int caller_signal(const char *name);

/* Returns once CHILD waits in system call NUMBER, which is nothing but waiting
 * for the kernel to say so; caller_fail if CHILD ends. */
void caller_await_call(pid_t child, long number);

/* Ends as a child did, whose STATUS is waitpid's. */
_Noreturn void caller_end_as(int status);

/*
 * Runs COMMAND as a child, whose standard output comes to us and is passed
 * on. Once TEXT has appeared in it, calls ACT(child, ARG), once. Ends as
 * the child ends: with its status, or by the same signal. caller_fail if TEXT
 * never appears. Stopped and continued children are waited for.
 */
_Noreturn void caller_supervise(char **command, const char *text,
                                void (*act)(pid_t child, void *arg), void *arg);
