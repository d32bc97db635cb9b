/* SPDX-License-Identifier: ISC */
/* Core dumps of guests, as debuggers read them. */
#pragma once

#include "machine.h"

/* Where a core will be: PATH/core.solo5-hvt.PID. */
struct core {
    const char *path; /* of the folder; NULL: no core is wanted */
    int folder_fd;
    char name[32];
};

/*
 * What returns int returns 0, or -errno with a line.
 *
 * Opens the folder with the rights that this process still has. From here on it
 * opens files as the folder's owner, if it is root: without privileges, nobody
 * else could make one there.
 */
int core_open(struct core *core, const char *path);

/* Sees that a core can be made there, now that privileges are gone. */
int core_try(const struct core *core);

/*
 * Writes the core: registers and memory of the stopped guest, as if SIGNAL had
 * ended a process; pages of zeroes take no room. A file of that name is
 * replaced: in a container, every process may have the same number. Nothing is
 * left behind if that fails.
 */
int core_write(const struct core *core, const struct machine *machine,
               int signal);
