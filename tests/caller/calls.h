/* SPDX-License-Identifier: ISC */
/* System calls by their names, and filters that refuse them. */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <sys/types.h>

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

/* Sends a descriptor over a socket; FD below 0: receives one. Returns it. */
int calls_descriptor_pass(int socket, int fd);

/*
 * Runs COMMAND as CHILD, below a filter that hands calls over
 * (SECCOMP_RET_USER_NOTIF, but never of sendmsg or execve). Returns the
 * descriptor that they come from (seccomp_unotify(2)); it is the caller's.
 */
int calls_listen(const struct sock_filter *insns, size_t count, char **command,
                 pid_t *child);
