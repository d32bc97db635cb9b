/* SPDX-License-Identifier: ISC */
/*
 * How all parts say what went wrong: the result is the negative of an errno or
 * of a code of our own, and there is one line of text for a person, kept for
 * its thread as errno is. They never print and never exit.
 */
#pragma once

#include <errno.h>

/*
 * Codes of our own. No errno is as large (Linux' end at 4095), so whatever a
 * host's kernel answers is never taken for one.
 */
enum error_code {
    /* The guest did what it may not, or gave up: its end, and no failure of
     * the tender's. */
    ERROR_GUEST_FAULT = 0x10000,
};

#define ERROR_LINE_SIZE 512 /* bytes with NUL; longer lines are cut */

/*
 * Keeps "SUBJECT: what is wrong; next step" as the line, control characters
 * made harmless, so that it stays one. "%m" is errno's text. Returns -CODE.
 */
int fail(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The last line of this thread. */
const char *error_line(void);

/*
 * Each ends the function that it stands in: TRY if CALL fails, with its result,
 * and so does TRY_GET, where else RESULT becomes what CALL returns; TRY_SYSTEM
 * if a function of the system's does, with errno and a line; FAIL_IF if
 * CONDITION, which changes nothing, holds, with CODE and a line.
 */
#define TRY(call)             \
    do {                      \
        int result_ = (call); \
        if (result_ < 0)      \
            return result_;   \
    } while (0)
#define TRY_GET(result, call) \
    do {                      \
        (result) = (call);    \
        if ((result) < 0)     \
            return (result);  \
    } while (0)
#define TRY_SYSTEM(call, ...)                \
    do {                                     \
        if ((call) < 0)                      \
            return fail(errno, __VA_ARGS__); \
    } while (0)
#define FAIL_IF(condition, code, ...)         \
    do {                                      \
        if (condition)                        \
            return fail((code), __VA_ARGS__); \
    } while (0)

/* Makes CALL, a function of the system's, until no signal interrupts it. RESULT
 * becomes what it returns. */
#define RETRY(result, call) \
    do                      \
        (result) = (call);  \
    while ((result) < 0 && errno == EINTR)
