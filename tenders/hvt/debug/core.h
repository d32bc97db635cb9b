/* SPDX-License-Identifier: ISC */
/* Core dumps of guests, as debuggers read them. */
#pragma once

#include "machine.h"

/*
 * Writes FOLDER/core.solo5-hvt.PID: registers and memory of the stopped guest,
 * as if SIGNAL had ended a process; pages of zeroes take no room. Nothing is
 * left behind if that fails. Returns 0, or -errno with a line.
 */
int core_write(const struct machine *machine, const char *folder, int signal);
