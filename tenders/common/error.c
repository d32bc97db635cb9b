/* SPDX-License-Identifier: ISC */
/* One line of text for a person. Contract: error.h. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A tender is one thread; the library for Python is not. */
#ifdef ERROR_LINE_OF_A_THREAD
static _Thread_local char line[ERROR_LINE_SIZE];
#else
static char line[ERROR_LINE_SIZE];
#endif

const char *error_line(void)
{
    return line;
}

int fail(int code, const char *format, ...)
{
    char text[sizeof line]; /* the line before may be among the arguments */
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* File and device names are others' text: no second line, no escapes. */
    for (char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = '?';
    memcpy(line, text, sizeof line);
    return -code;
}
