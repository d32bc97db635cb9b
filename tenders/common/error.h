/* SPDX-License-Identifier: ISC */
/*
 * How all parts say what went wrong: -errno as the result, and one line of
 * text for a person, kept for its thread as errno is. They never print and
 * never exit.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define ERROR_LINE_SIZE 512 /* bytes with NUL; longer lines are cut */

/*
 * Keeps "SUBJECT: what is wrong; next step" as the line, control characters
 * made harmless, so that it stays one. "%m" is errno's text. Returns -CODE.
 */
int fail(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The last line of this thread. */
const char *error_line(void);

/* Each ends the function that it stands in, if: */
#define TRY(call) /* it fails; with its result */ \
    do {                                          \
        int result_ = (call);                     \
        if (result_ < 0)                          \
            return result_;                       \
    } while (0)
#define FAIL_IF(condition, code, ...)         \
    do {                                      \
        if (condition)                        \
            return fail((code), __VA_ARGS__); \
    } while (0)

/* What a function requires: whether that is broken, and what to say then. */
struct rule {
    bool broken;
    const char *text;
};

/* Ends the function with the text of the first of RULES that is broken, behind
 * FORMAT, which says of what. */
#define FAIL_IF_BROKEN(rules, code, format, ...)                    \
    for (size_t i_ = 0; i_ < sizeof(rules) / sizeof *(rules); i_++) \
    FAIL_IF((rules)[i_].broken, code, format " %s", __VA_ARGS__,    \
            (rules)[i_].text)
