/* SPDX-License-Identifier: ISC */
/* The end of a program that did what its processor does not allow. */
#ifndef TRAP_H
#define TRAP_H

#include <stdbool.h>
#include <stdint.h>

#define TRAP_MAX_STATE 64

struct trap {
    const char *name;
    uint64_t cause;   /* the processor's word for it */
    uint64_t pc;
    uint64_t sp;
    bool has_address;
    uint64_t address; /* what could not be accessed */
    unsigned count;   /* of registers */
    const char *const *names;
    const uint64_t *registers;
    /* What the processor itself keeps of a trap, in an order of its own, for
     * whoever runs the machine; at most TRAP_MAX_STATE words. */
    unsigned state_count;
    const uint64_t *state;
};

/* Says all of it on the console, whatever the log level, and aborts. */
_Noreturn void trap_report(const struct trap *trap);

#endif
