/* SPDX-License-Identifier: ISC */
/* Ends of the program that the bindings themselves decide on. */
#ifndef EXIT_H
#define EXIT_H

/*
 * Aborts, and says why whatever the log level: a program that ends without a
 * word is worse than a line too many. subject: the call or part at fault.
 */
_Noreturn void abort_because(const char *subject, const char *cause);

#endif
