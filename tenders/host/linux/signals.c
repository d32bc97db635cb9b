/* SPDX-License-Identifier: ISC */
/* Signals on Linux. Contract: host.h; see signal(7). */
#include <signal.h>

#include "host/host.h"

/* The kernel puts all registers there, vectors of any length included; where
 * they do not fit, the signal kills (SIGSEGV). */
#define STACK_BYTES 65536

void host_signals_take(void (*end)(int number))
{
    static _Alignas(16) uint8_t stack[STACK_BYTES];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    const struct sigaction action = {.sa_handler = end, .sa_flags = SA_ONSTACK};
    struct sigaction inherited;
    sigset_t none;

    sigaction(SIGTERM, &action, NULL);
    if (end != NULL) {
        sigaltstack(&own, NULL);
        sigaction(SIGINT, NULL, &inherited);
        if (inherited.sa_handler != SIG_IGN)
            sigaction(SIGINT, &action, NULL);
    }
    /* Last: one may be waiting. */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}
