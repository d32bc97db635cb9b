/* SPDX-License-Identifier: ISC */
/*
 * How the cores say what went wrong: 0 or -errno as the result, and one line
 * of text for a person. They never print and never exit.
 */
#ifndef TENDER_ERROR_H
#define TENDER_ERROR_H

#include <stddef.h>

#define ERROR_TEXT_SIZE 512 /* bytes with NUL; longer lines are cut */

struct error {
    char text[ERROR_TEXT_SIZE];
};

/*
 * Writes "SUBJECT: what is wrong; next step" into ERROR, control characters
 * made harmless, so that it stays one line. Returns -CODE.
 */
int error_set(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
