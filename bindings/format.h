/* SPDX-License-Identifier: ISC */
/* Text from values, for log lines. Depends on nothing. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes what `format` makes of `args` to buf, cut where it does not fit, and
 * NUL. size: bytes of buf, at least 1. Returns the bytes written without NUL.
 *
 * Knows of printf: %c %s %d %u %x %p %%, with the lengths l, ll and z, the
 * flags 0 and # and a width for numbers. What it does not know is copied as
 * it stands, and nothing after it is read from `args`.
 */
__attribute__((format(printf, 3, 0))) size_t format_args(char *buf, size_t size,
                                                         const char *format,
                                                         va_list args);

#endif
