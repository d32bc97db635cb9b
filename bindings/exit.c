/* SPDX-License-Identifier: ISC */
/* The ways out of the program. */
#include "exit.h"

#include "hooks.h"
#include "log.h"

void solo5_exit(int status)
{
    log_info("exit, status %d", status);
    target_exit(status);
}

void solo5_abort(void)
{
    log_info("abort");
    target_exit(SOLO5_EXIT_ABORT);
}

_Noreturn void abort_because(const char *subject, const char *cause)
{
    log_always("abort: %s: %s", subject, cause);
    target_exit(SOLO5_EXIT_ABORT);
}
