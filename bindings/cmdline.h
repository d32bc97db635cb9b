/* SPDX-License-Identifier: ISC */
/* The words of the command line that are the bindings' own. */
#ifndef CMDLINE_H
#define CMDLINE_H

/*
 * Obeys the words at the start of `cmdline` that begin with "--solo5:", and
 * returns what is left for the program, a part of the same string.
 *
 * quiet, error, warn, info, debug: set log_level; the last one counts.
 */
const char *cmdline_take_words(const char *cmdline);

#endif
