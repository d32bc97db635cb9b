/* SPDX-License-Identifier: ISC */
/* The ways out of the program. */
#include "exit.h"

#include "hooks.h"
#include "log.h"

void solo5_exit(int status)
{
    log_info("exit, status %d", status);
    /* A system keeps the low eight bits: 256 would look like success. */
    if (status < 0 || status >= SOLO5_EXIT_ABORT) {
        log_always("ABORT: solo5_exit: %d is no status; 0 to 254 are", status);
        status = SOLO5_EXIT_ABORT;
    }
    target_exit(status);
}

void solo5_abort(void)
{
    /* Whoever looks for why a program ended looks for this word. */
    log_always("ABORT");
    target_exit(SOLO5_EXIT_ABORT);
}

_Noreturn void abort_because(const char *subject, const char *cause)
{
    log_always("ABORT: %s: %s", subject, cause);
    target_exit(SOLO5_EXIT_ABORT);
}
