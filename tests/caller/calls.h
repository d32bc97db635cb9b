/* SPDX-License-Identifier: ISC */
/* System calls by their names, and filters that refuse them. */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

/* No call has it. */
#define CALLS_NONE (-1)

/* The number of a call here, or CALLS_NONE; caller_fail for a name that no
 * architecture has. */
long calls_number(const char *name);

/* Its name, or "unknown". */
const char *calls_name(long number);

/* A number of errno by its name ("EPERM"), else caller_fail. "0": a call that
 * is answered, and not made. */
int calls_errno(const char *name);

/*
 * Installs COUNT instructions as a filter of this process and its children;
 * FLAGS and result are those of seccomp(2). caller_fail if it cannot be.
 */
int calls_filter(const struct sock_filter *insns, size_t count, unsigned flags);
