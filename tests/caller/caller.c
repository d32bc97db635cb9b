/* SPDX-License-Identifier: ISC */
/* Finds the verb. Contract: caller.h. */
#include "caller.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By the linker: those of all files. */
extern const struct verb __start_verbs[], __stop_verbs[];

void caller_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("caller: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(125);
}

void caller_become(char **command)
{
    execv(command[0], command);
    caller_fail("%s: %m", command[0]);
}

long caller_number(const char *word, long low, long high)
{
    char *end;
    long number;

    errno = 0;
    number = strtol(word, &end, 10);
    if (end == word || *end != '\0' || errno != 0 || number < low ||
        number > high)
        caller_fail("%s: not a number from %ld to %ld", word, low, high);
    return number;
}

int main(int argc, char **argv)
{
    char **words = argv + 2, **end = words;

    if (argc < 4)
        caller_fail("usage: VERB [WORD ...] -- PROGRAM [ARGUMENT ...]");
    while (*end != NULL && strcmp(*end, "--") != 0)
        end++;
    if (*end == NULL || end[1] == NULL)
        caller_fail("no program after --");
    *end = NULL;
    for (const struct verb *verb = __start_verbs; verb < __stop_verbs; verb++)
        if (strcmp(verb->name, argv[1]) == 0)
            verb->run(words, end + 1);
    caller_fail("%s: no such verb", argv[1]);
}
